namespace MLTransfer.Models.Catalog;

/// <summary>The user's cache folder: what is in it can be downloaded or computed again.</summary>
/// <remarks>
/// XDG_CACHE_HOME where it is set (XDG base directory specification), else <c>~/.cache</c> on Linux and the local application data elsewhere.
/// </remarks>
internal static class UserCache
{
    /// <summary>Full path of MLTransfer's folder for one kind of content; it need not exist.</summary>
    public static string Folder(string content) => Path.Combine(Root(), "mltransfer", content);

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } configured && Path.IsPathFullyQualified(configured))
        {
            return configured;
        }

        if (OperatingSystem.IsLinux())
        {
            return Path.Combine(Known(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Known(Environment.SpecialFolder.LocalApplicationData);
    }

    private static string Known(Environment.SpecialFolder folder)
    {
        string path = Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);

        // A service account may have no home; what it caches lasts as long as the temporary folder.
        return path.Length > 0 ? path : Path.GetTempPath();
    }
}
