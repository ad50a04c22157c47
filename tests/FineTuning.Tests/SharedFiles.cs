namespace MLTransfer.FineTuning.Tests;

/// <summary>Data that is too large for the repository and lies in <c>../shared</c> beside it; tests that need it are skipped without it.</summary>
internal static class SharedFiles
{
    /// <summary>Folder of the repository, found by the solution file.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A path below <c>../shared</c>; skips the test where it is missing.</summary>
    public static string Require(params string[] parts)
    {
        string path = Path.Combine([Path.GetDirectoryName(Repository)!, "shared", .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"'{Path.Combine(["../shared", .. parts])}' is missing.");
        return path;
    }

    private static string FindRepository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MLTransfer.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("MLTransfer.sln was not found above the test assembly.");
    }
}
