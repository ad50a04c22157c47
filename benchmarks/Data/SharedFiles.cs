namespace MLTransfer.Benchmarks.Data;

/// <summary>Finds the folder of models and data beside the repository.</summary>
internal static class SharedFiles
{
    public static string Root { get; } = Find();

    public static string Model(string name) => Path.Combine(Root, "models", name);

    public static string DataSet(string name) => Path.Combine(Root, "data", name);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLTransfer.sln")))
            {
                string shared = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared"));
                return Directory.Exists(shared) ? shared : throw new DirectoryNotFoundException($"{shared} is missing: measurements need its models and data.");
            }
        }

        throw new DirectoryNotFoundException("The repository's root (the folder with MLTransfer.sln) was not found above the program.");
    }
}
