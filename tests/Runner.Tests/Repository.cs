namespace MLTransfer.Runner.Tests;

/// <summary>Where the repository lies.</summary>
internal static class Repository
{
    /// <summary>The folder that holds MLTransfer.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of something in the repository.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MLTransfer.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests holds MLTransfer.sln.");
    }
}
