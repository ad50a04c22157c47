namespace MLTransfer.Benchmarks.Data;

/// <summary>Labelled image files: one folder a class.</summary>
internal sealed record ImageFolder(IReadOnlyList<string> Paths, IReadOnlyList<string> Labels)
{
    public static ImageFolder Read(string folder)
    {
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return new ImageFolder(paths, [.. paths.Select(path => Path.GetFileName(Path.GetDirectoryName(path)!))]);
    }
}
