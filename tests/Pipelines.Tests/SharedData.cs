namespace MLTransfer.Pipelines.Tests;

/// <summary>The data sets beside the repository; a clone without them skips the tests that need them.</summary>
internal static class SharedData
{
    public static string Path(params string[] parts)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "MLTransfer.sln")))
                continue;
            string path = System.IO.Path.GetFullPath(System.IO.Path.Combine([folder.FullName, "..", "shared", .. parts]));
            if (!System.IO.Path.Exists(path))
                Assert.Skip($"{path} is not there.");
            return path;
        }
        throw new InvalidOperationException("The repository's root was not found above the tests.");
    }
}
