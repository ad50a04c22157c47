namespace MLTransfer.Pipelines.Tests;

/// <summary>Where the repository and the larger reference data beside it lie.</summary>
internal static class Repository
{
    /// <summary>The folder that holds MLTransfer.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder of the reference data beside the repository; skips the test where there is none.</summary>
    public static string Shared(params string[] parts)
    {
        string path = Path.Combine([Root, "..", "shared", .. parts]);
        if (!Path.Exists(path))
        {
            Assert.Skip($"The larger reference data ({string.Join('/', parts)}) is not beside this checkout.");
        }

        return Path.GetFullPath(path);
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MLTransfer.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests holds MLTransfer.sln.");
    }
}
