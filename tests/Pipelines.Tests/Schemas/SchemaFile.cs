namespace MLTransfer.Pipelines.Tests.Schemas;

/// <summary>The schemas of the repository: a test compares each with what the code gives, and writes it anew when asked.</summary>
internal static class SchemaFile
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(string name) => Path.Combine(Root, "schemas", name);

    /// <summary>Compares a schema with its file; with the environment variable MLTRANSFER_UPDATE_SCHEMAS=1 the file is written first.</summary>
    public static void AssertEqual(string name, string generated)
    {
        if (Environment.GetEnvironmentVariable("MLTRANSFER_UPDATE_SCHEMAS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            File.WriteAllText(PathOf(name), generated);
        }

        Assert.True(File.Exists(PathOf(name)), $"schemas/{name} is missing. Run the tests with MLTRANSFER_UPDATE_SCHEMAS=1 to write it.");
        Assert.True(
            File.ReadAllText(PathOf(name)).ReplaceLineEndings("\n") == generated,
            $"schemas/{name} is not what the option records give. Run the tests with MLTRANSFER_UPDATE_SCHEMAS=1 to write it anew.");
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
