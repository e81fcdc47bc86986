namespace Tracker.Importer.Watching;

/// <summary>File systems whose changes come from elsewhere, so that the operating system does not tell of them: a watch there works and stays silent.</summary>
internal static class UnnotifiedFileSystems
{
    // Network drives; folders of Windows within WSL (9p, drvfs); folders of the host within a virtual machine. Names as in /proc/self/mountinfo.
    private static readonly string[] Names =
        ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "drvfs", "afs", "ceph", "glusterfs", "lustre", "vboxsf", "vmhgfs", "fuse.vmhgfs-fuse", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "virtiofs", "prl_fs", "webdav"];

    /// <returns>The file system's name; null when it notifies, as far as one can tell.</returns>
    public static string? NameAt(string folder)
    {
        if (OperatingSystem.IsWindows() && folder.StartsWith(@"\\", StringComparison.Ordinal))
        {
            return "network"; // Another machine's, or a system's within WSL.
        }

        try
        {
            var drive = new DriveInfo(folder);
            var name = drive.DriveFormat;
            return drive.DriveType == DriveType.Network || Names.Contains(name, StringComparer.OrdinalIgnoreCase) ? name : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
