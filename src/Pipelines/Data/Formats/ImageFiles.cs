using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>Images without labels: one file, or all images of a folder at any depth, in ordinal order of their paths.</summary>
internal sealed class ImageFiles : ITable
{
    private readonly IReadOnlyList<string> _files;
    private readonly string _column;

    private ImageFiles(string path, string column, IReadOnlyList<string> files)
    {
        Path = path;
        _column = column;
        _files = files;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns => [_column];

    public IReadOnlyList<string> Notes => [];

    /// <summary>Lists the images.</summary>
    /// <param name="path">Full path of a file or a folder.</param>
    /// <param name="column">The column that holds the path.</param>
    /// <exception cref="UserException">There is no image.</exception>
    public static ImageFiles Open(string path, string column)
    {
        if (File.Exists(path))
            return new ImageFiles(path, column, [path]);
        if (!Directory.Exists(path))
            throw new UserException($"{path} does not exist. Expected an image, or a folder of images.");
        string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(static file => ImageFolder.Extensions.Contains(System.IO.Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? new ImageFiles(path, column, files)
            : throw new UserException($"{path} holds no image ({string.Join(", ", ImageFolder.Extensions.Order(StringComparer.Ordinal))}).");
    }

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns)
    {
        string root = File.Exists(Path) ? System.IO.Path.GetDirectoryName(Path)! : Path;
        foreach (string file in _files)
            yield return new TableRow(System.IO.Path.GetRelativePath(root, file), [.. columns.Select(_ => file)]);
    }
}
