<#
.SYNOPSIS
Installs Tracker's proxy as a Windows service and its importer as a scheduled task, or removes both.

.DESCRIPTION
The service tracker-proxy starts with Windows and runs as LocalSystem. The task tracker-importer runs every five minutes as the user who
installs, because the logs it reads are that user's. Both are told the same database path: LocalSystem has a profile of its own, and by
themselves the two would write two databases.

Run it in an elevated PowerShell of the account that uses the clients. From a clone it builds the programs, which needs the .NET 10 SDK;
from an unpacked release it takes those that are there. Running it again repairs and updates. It asks nothing. Nothing is removed that
holds data: the database, the logs and the settings stay.

.PARAMETER ProgramFolder
Where the programs are put. By default where those of the service are, else in Program Files. It must not be writable by ordinary users: LocalSystem runs what is in it.

.PARAMETER DatabasePath
The database of both. By default what the user's settings say, else the one that the service has, else the usual place; it is written into the user's settings, so that every program of the user agrees
with the service.

.PARAMETER Uninstall
Lets the clients go on without Tracker, and removes the service, the task and the programs.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File deploy\windows\install.ps1

.EXAMPLE
powershell -ExecutionPolicy Bypass -File deploy\windows\install.ps1 -Uninstall
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [string] $ProgramFolder = '',
    [string] $DatabasePath = '',
    [switch] $Uninstall
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$ServiceName = 'tracker-proxy'
$TaskName = 'tracker-importer'

function Invoke-ServiceControl {
    & sc.exe @args | Out-Null
    if ($LASTEXITCODE -ne 0) {
        throw "sc.exe $args failed with exit code $LASTEXITCODE."
    }
}

# Why somebody other than Administrators and SYSTEM may change what a security descriptor (as SDDL, which has no language) is of; nothing if nobody may.
function Find-Stranger([string] $Sddl) {
    # TrustedInstaller is Windows itself.
    $trusted = 'BA', 'SY', 'S-1-5-32-544', 'S-1-5-18', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
    if ($Sddl -cnotmatch '^O:(?<owner>[^:]+?)(?:G:[^:]+?)?D:(?<flags>[A-Z]*)(?<entries>(?:\([^()]*\))+)(?:S:.*)?$') {
        return 'has permissions that this script does not understand'
    }

    $owner = $Matches.owner
    $entries = $Matches.entries.Trim('(', ')') -split '\)\('
    if ($owner -notin $trusted) {
        return "belongs to $owner"
    }

    foreach ($entry in $entries) {
        $type, $flags, $rights, $object, $objectToo, $who = $entry -split ';'
        # What the creator or the owner may do, only those may who could create it or own it.
        if ($type -eq 'D' -or $who -in $trusted -or $who -in 'CO', 'OW', 'S-1-3-0', 'S-1-3-4') {
            continue
        }

        # Everything but to read, to list and to run: in one number, or in letters by two.
        $mayWrite = if ($rights -match '^0x') { ([Convert]::ToInt64($rights, 16) -band 0x500D0156) -ne 0 } else { $rights -cnotmatch '^(FR|FX|GR|GX|RC|CC|SW|WP|LO)*$' }
        if ($mayWrite) {
            return "may be changed by $who"
        }
    }
}

# The service takes its settings and prices from there, as LocalSystem. Windows lets every user make folders beside it, and who has made one owns it.
function Protect-Settings([string] $Folder) {
    if (-not (Test-Path -LiteralPath $Folder)) {
        New-Item -ItemType Directory -Path $Folder | Out-Null
        # Administrators, SYSTEM and Users by their SIDs: their names are in the language of Windows.
        foreach ($change in @('/setowner', '*S-1-5-32-544'), @('/inheritance:r', '/grant:r', '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-545:(OI)(CI)RX')) {
            & icacls.exe $Folder @change | Out-Null
            if ($LASTEXITCODE -ne 0) {
                throw "icacls.exe $Folder $change failed with exit code $LASTEXITCODE."
            }
        }
    }

    # Also when it was made just now: somebody may have put a file there meanwhile, and would own it.
    foreach ($item in @(Get-Item -LiteralPath $Folder -Force) + @(Get-ChildItem -LiteralPath $Folder -Force)) {
        $reason = if ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) { 'is a link' } else { Find-Stranger (Get-Acl -LiteralPath $item.FullName).Sddl }
        if ($reason) {
            throw "$($item.FullName) $reason. Who may write there decides where the service sends keys and prompts, so nothing was installed. Look through $Folder, move it away, run this again, and copy back what is yours."
        }
    }
}

function Copy-Programs {
    $release = Split-Path (Split-Path $PSScriptRoot)
    $isClone = Test-Path -LiteralPath (Join-Path $release 'Tracker.sln') -PathType Leaf
    if (-not $isClone -and -not (Test-Path -LiteralPath (Join-Path $release 'proxy\tracker-proxy.exe') -PathType Leaf)) {
        throw "There are no programs in $release, and no Tracker.sln to build them from."
    }

    # Everything that can fail comes first: until the new programs are there, the old ones go on.
    Remove-Leftovers
    $new = Join-Path $ProgramFolder 'new'
    New-Item -ItemType Directory -Path $new -Force | Out-Null
    foreach ($program in 'Proxy', 'Importer') {
        $target = Join-Path $new $program.ToLowerInvariant()
        if ($isClone) {
            & dotnet publish (Join-Path $release "Tracker.$program") -c Release -o $target -nologo -v quiet | Out-Host
            if ($LASTEXITCODE -ne 0) {
                throw "dotnet publish Tracker.$program failed with exit code $LASTEXITCODE. Nothing was changed."
            }
        }
        else {
            Copy-Item -LiteralPath (Join-Path $release $program.ToLowerInvariant()) -Destination $target -Recurse
        }
    }

    # So that there is something to uninstall with when the clone has gone.
    Copy-Item -LiteralPath (Split-Path $PSScriptRoot) -Destination (Join-Path $new 'deploy') -Recurse

}

# As a whole or not at all: Windows renames no folder with a file that is in use. A service that says it has stopped may still be ending, and a virus scanner looks at what is new.
function Move-Folder([string] $From, [string] $To) {
    for ($tries = 40; ; $tries--) {
        try {
            Move-Item -LiteralPath $From -Destination $To
            return
        }
        catch {
            if ($tries -eq 0) {
                throw
            }

            Start-Sleep -Milliseconds 500
        }
    }
}

function Switch-Programs {
    $new = Join-Path $ProgramFolder 'new'
    $replaced = @()
    try {
        foreach ($folder in 'importer', 'proxy', 'deploy') {
            $target = Join-Path $ProgramFolder $folder
            if (Test-Path -LiteralPath $target) {
                Move-Folder $target "$target.old"
            }

            $replaced = @($target) + $replaced
            Move-Folder (Join-Path $new $folder) $target
        }
    }
    catch {
        $reason = "$_"
        # The old ones back into their places: the proxy is to go on with all its files.
        foreach ($target in $replaced) {
            if (Test-Path -LiteralPath $target) {
                Move-Folder $target (Join-Path $new (Split-Path $target -Leaf))
            }

            if (Test-Path -LiteralPath "$target.old") {
                Move-Folder "$target.old" $target
            }
        }

        throw "The programs in $ProgramFolder could not be replaced, and are the old ones: $reason Does a tracker-importer or tracker-proxy run in a window? End it and try again."
    }

    Remove-Leftovers
}

# What this script, or a run of it that was ended, has left beside the programs. Where a folder has lost its place, it gets it back.
function Remove-Leftovers {
    foreach ($folder in 'importer', 'proxy', 'deploy') {
        $target = Join-Path $ProgramFolder $folder
        if (-not (Test-Path -LiteralPath "$target.old")) {
            continue
        }

        if (Test-Path -LiteralPath $target) {
            Remove-Item -LiteralPath "$target.old" -Recurse -Force
        }
        else {
            Move-Folder "$target.old" $target
        }
    }

    Remove-Item -LiteralPath (Join-Path $ProgramFolder 'new') -Recurse -Force -ErrorAction SilentlyContinue
}

# Where somebody has installed it before, else the usual place.
function Find-ProgramFolder {
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name='$ServiceName'"
    if ($service -and $service.PathName -match '^"(?<folder>.+)[\\/]proxy[\\/]tracker-proxy\.exe"$') {
        return $Matches.folder
    }

    Join-Path $env:ProgramFiles 'Tracker'
}

function Disconnect-Clients([string] $Program) {
    if (-not (Test-Path -LiteralPath $Program -PathType Leaf)) {
        if (Get-Service -Name $ServiceName -ErrorAction SilentlyContinue) {
            throw "There is no $Program, and without it the clients cannot be disconnected: nothing would answer them any more. Nothing was removed. Say where the programs are (-ProgramFolder), or install them again first."
        }

        return
    }

    # Their settings name the proxy's address; nothing would answer there.
    & $Program disconnect --yes | Out-Host
    if ($LASTEXITCODE -ne 0) {
        throw 'The clients could not be disconnected; nothing was removed. Correct that, or their settings, and try again.'
    }
}

# What the settings say, and into the user's settings if they do not say it yet.
function Get-DatabasePath([string] $Program, [string] $Wanted, [string] $Action) {
    $arguments = @('paths', '--json')
    if ($Action) {
        $arguments += $Action
    }

    if ($Wanted) {
        # A relative path would mean another folder to each of the two.
        $arguments += '--Storage:DatabasePath={0}' -f $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Wanted)
    }

    $answer = & $Program @arguments
    if ($LASTEXITCODE -ne 0) {
        throw "Where the database is cannot be found out. Correct that, or the settings, and try again.$(if (-not $Action) { ' Nothing was changed.' })"
    }

    $database = ($answer | Out-String | ConvertFrom-Json).database
    # It goes into the environment of the service, where each variable is a line.
    if ($database -match '[\x00-\x1f\x7f]') {
        throw 'The path of the database holds a control character. Correct Storage:DatabasePath in the settings, and try again.'
    }

    $database
}

# The variables of the service, each as NAME=value.
function Get-ServiceVariables {
    Get-ItemProperty -Path "HKLM:\SYSTEM\CurrentControlSet\Services\$ServiceName" -Name Environment -ErrorAction SilentlyContinue | Select-Object -ExpandProperty Environment
}

# Which one the service gets: that of the parameter, else what the settings say, else what it has.
function Select-Database([string] $Program, [string] $Wanted) {
    $settings = & $Program settings --json | Out-String
    if ($LASTEXITCODE -ne 0) {
        throw 'The settings cannot be read. Correct them and try again. Nothing was changed.'
    }

    $settings = $settings | ConvertFrom-Json
    $setting = $settings.settings | Where-Object { $_.key -eq 'Storage:DatabasePath' }
    $isSaid = $setting.source -ne 'default'
    $path = $Wanted
    if (-not $path -and -not $isSaid) {
        $path = Get-ServiceVariables | Where-Object { $_ -like 'TRACKER_Storage__DatabasePath=*' } | ForEach-Object { $_.Substring($_.IndexOf('=') + 1) } | Select-Object -First 1
    }

    $database = Get-DatabasePath $Program $path ''
    # Whatever the settings do not say, no other program knows.
    if ($isSaid) {
        $other = Get-DatabasePath $Program '' ''
        if ($database -ne $other) {
            throw "$($setting.source) says that the database is $other. Correct Storage:DatabasePath there and leave -DatabasePath out. Nothing was changed."
        }
    }
    elseif ($database -ne $setting.default -and $settings.file -ne (Join-Path ([Environment]::GetFolderPath('ApplicationData', 'DoNotVerify')) 'Tracker\appsettings.json')) {
        # The machine's: there nothing is written, and a file of the user's own would take its place.
        $advice = "Write Storage:DatabasePath into $($settings.file), which is in force: without it the importer in your shell, doctor and connect take another database than $database."
        if ($Wanted) {
            throw "$advice Nothing was changed."
        }

        Write-Warning $advice
    }

    $database
}

function Install-Proxy([string] $Program) {
    # Quoted: without quotes, Windows would try C:\Program.exe first.
    $commandLine = '"{0}"' -f $Program
    $service = Get-Service -Name $ServiceName -ErrorAction SilentlyContinue
    if ($null -eq $service) {
        New-Service -Name $ServiceName -BinaryPathName $commandLine -StartupType Automatic -DisplayName 'Tracker proxy' `
            -Description 'Forwards model calls and records what they use and cost.' | Out-Null
    }
    else {
        Stop-Service -Name $ServiceName
        $change = Get-CimInstance -ClassName Win32_Service -Filter "Name='$ServiceName'" |
            Invoke-CimMethod -MethodName Change -Arguments @{ PathName = $commandLine; StartMode = 'Automatic' }
        if ($change.ReturnValue -ne 0) {
            throw "The service $ServiceName could not be changed: Win32_Service.Change returned $($change.ReturnValue)."
        }
    }

    New-ItemProperty -Path "HKLM:\SYSTEM\CurrentControlSet\Services\$ServiceName" -Name Environment -PropertyType MultiString `
        -Value (@(Get-ServiceVariables | Where-Object { $_ -notlike 'TRACKER_Storage__DatabasePath=*' }) + "TRACKER_Storage__DatabasePath=$DatabasePath") -Force | Out-Null
    Invoke-ServiceControl failure $ServiceName reset= 86400 actions= restart/2000/restart/10000/restart/60000
    # Also when it stops by itself with an error, not only when it crashes.
    Invoke-ServiceControl failureflag $ServiceName 1
    # What goes wrong with that Wait-Proxy tells, and why.
    Start-Service -Name $ServiceName -ErrorAction SilentlyContinue
}

# Windows says of a service that it runs before the program has opened its port. Another program, or a tracker-proxy in a window, may have that.
function Wait-Proxy([datetime] $Since) {
    for ($tries = 30; $tries -gt 0; $tries--) {
        $process = (Get-CimInstance -ClassName Win32_Service -Filter "Name='$ServiceName'").ProcessId
        if ($process -and (Get-NetTCPConnection -OwningProcess $process -State Listen -ErrorAction SilentlyContinue)) {
            return
        }

        Start-Sleep -Milliseconds 500
    }

    $file = Join-Path (Split-Path $DatabasePath) 'logs\tracker-proxy-start.log'
    $reason = if ((Test-Path -LiteralPath $file) -and (Get-Item -LiteralPath $file).LastWriteTime -ge $Since) { Get-Content -LiteralPath $file -Raw } else { "$file may tell why." }
    throw "Everything is installed, and the service $ServiceName does not listen on its port. $reason Correct that, and: Start-Service $ServiceName"
}

function Install-Importer([string] $Program) {
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().Name
    $action = New-ScheduledTaskAction -Execute $Program -Argument ('"--Storage:DatabasePath={0}"' -f $DatabasePath)
    $trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5)
    # S4U: as the user, without a stored password and without a console window every five minutes.
    $principal = New-ScheduledTaskPrincipal -UserId $user -LogonType S4U -RunLevel Limited
    $settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries `
        -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 1)
    Register-ScheduledTask -TaskName $TaskName -Description 'Reads the usage in clients'' logs.' -Action $action -Trigger $trigger `
        -Principal $principal -Settings $settings -Force | Out-Null
}

# The folders in the PATH of the user, for windows that are opened from now on. Written as it is, with the variables in it.
function Set-UserPath([string[]] $Add, [string[]] $Remove) {
    $key = [Microsoft.Win32.Registry]::CurrentUser.OpenSubKey('Environment', $true)
    try {
        $before = [string] $key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
        $after = Edit-Path $before $Add $Remove
        if ($after -cne $before) {
            $key.SetValue('Path', $after, 'ExpandString')
            # Removing a variable, even one that is not there, tells Explorer that there is something new.
            [Environment]::SetEnvironmentVariable('TrackerPathHasChanged', [NullString]::Value, 'User')
        }
    }
    finally {
        $key.Dispose()
    }
}

function Edit-Path([string] $Path, [string[]] $Add, [string[]] $Remove) {
    $folders = @($Path -split ';' | Where-Object { $_ -and $_.TrimEnd('\') -notin $Add -and $_.TrimEnd('\') -notin $Remove })
    ($folders + $Add | Where-Object { $_ }) -join ';'
}

function Uninstall-Proxy {
    if ($null -eq (Get-Service -Name $ServiceName -ErrorAction SilentlyContinue)) {
        return
    }

    Stop-Service -Name $ServiceName
    Invoke-ServiceControl delete $ServiceName
}

function Uninstall-Importer {
    if ($null -eq (Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue)) {
        return
    }

    Stop-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false
}

# Whole: it goes into the service's command line.
$ProgramFolder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($(if ($ProgramFolder) { $ProgramFolder } else { Find-ProgramFolder })).TrimEnd('\', '/')

$proxy = Join-Path $ProgramFolder 'proxy\tracker-proxy.exe'
$importer = Join-Path $ProgramFolder 'importer\tracker-importer.exe'

if ($Uninstall) {
    Disconnect-Clients $proxy
    if (Test-Path -LiteralPath $proxy -PathType Leaf) {
        $DatabasePath = Get-DatabasePath $proxy $DatabasePath '--take-back'
    }

    Uninstall-Importer
    Uninstall-Proxy
    Set-UserPath @() (Split-Path $proxy), (Split-Path $importer)
    # A service that says it has stopped may still be ending.
    for ($tries = 20; $tries -ge 0; $tries--) {
        $left = @('proxy', 'importer', 'new', 'deploy', 'proxy.old', 'importer.old', 'deploy.old' | ForEach-Object { Join-Path $ProgramFolder $_ } | Where-Object { Test-Path -LiteralPath $_ })
        if (-not $left) {
            break
        }

        foreach ($path in $left) {
            Remove-Item -LiteralPath $path -Recurse -Force -ErrorAction SilentlyContinue
        }

        Start-Sleep -Milliseconds 500
    }

    if ($left) {
        Write-Warning "Not everything could be removed, because it is in use: $($left -join ', '). End what runs there (a tracker-importer --watch in a window?) and delete it."
    }
    elseif ((Test-Path -LiteralPath $ProgramFolder) -and -not (Get-ChildItem -LiteralPath $ProgramFolder -Force)) {
        Remove-Item -LiteralPath $ProgramFolder
    }

    Write-Output "Tracker is uninstalled. The data stays: $(if ($DatabasePath) { Split-Path $DatabasePath } else { Join-Path $env:LOCALAPPDATA 'Tracker' })"
    return
}

Protect-Settings (Join-Path ([Environment]::GetFolderPath('CommonApplicationData')) 'Tracker')
Copy-Programs
# Asked of the new one while the old one still runs: a mistake in the user's settings, which the service does not read, must not stop it.
$DatabasePath = Select-Database (Join-Path $ProgramFolder 'new\proxy\tracker-proxy.exe') $DatabasePath
# Made here, as the user, so that the user owns it, whichever of the two comes first.
New-Item -ItemType Directory -Path (Split-Path $DatabasePath) -Force | Out-Null
$began = Get-Date
# Windows does not let the files of a program that runs be replaced.
Stop-Service -Name $ServiceName -ErrorAction SilentlyContinue
Stop-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
try {
    Switch-Programs
    $DatabasePath = Get-DatabasePath $proxy $DatabasePath '--write'
    Install-Proxy $proxy
    Install-Importer $importer
}
catch {
    # The clients are connected, and nothing else would start it before the next start of Windows.
    Start-Service -Name $ServiceName -ErrorAction SilentlyContinue
    throw
}

Set-UserPath (Split-Path $proxy), (Split-Path $importer) @()
Wait-Proxy $began
Write-Output "The service $ServiceName is running and the task $TaskName runs every five minutes. Database: $DatabasePath"
Write-Output "Point your clients at it: & '$proxy' connect (in windows that you open from now on: tracker-proxy connect)"
Write-Output "To take it away again: powershell -ExecutionPolicy Bypass -File `"$(Join-Path $ProgramFolder 'deploy\windows\install.ps1')`" -Uninstall -ProgramFolder `"$ProgramFolder`""
