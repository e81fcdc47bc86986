-- A drive's letter is written in capitals from now on (ProjectFolder). Sums that have a changed call are made again.
UPDATE usage SET project = upper(substr(project, 1, 1)) || substr(project, 2) WHERE project GLOB '[a-z]:[\/]*';
