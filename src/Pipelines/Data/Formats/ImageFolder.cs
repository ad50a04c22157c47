using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary><c>root/class/image.jpg</c>: one folder a class. Classes and files are read in ordinal order of their names.</summary>
internal sealed class ImageFolder : ITable
{
    /// <summary>The file name extensions that are read, in lower case.</summary>
    internal static readonly IReadOnlySet<string> Extensions =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp" };

    private readonly string[] _classes;
    private readonly string _labelColumn;

    private ImageFolder(string path, string labelColumn, string[] classes, List<string> notes)
    {
        Path = path;
        _labelColumn = labelColumn;
        _classes = classes;
        Notes = notes;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns => [DataColumns.ImagePath, _labelColumn];

    public IReadOnlyList<string> Notes { get; }

    /// <summary>Lists the class folders.</summary>
    /// <exception cref="UserException">The folder is missing or unreadable, or holds no class folder with an image.</exception>
    public static ImageFolder Open(string path, string labelColumn)
    {
        if (!Directory.Exists(path))
            throw new UserException($"The image folder {path} does not exist. Give a folder that holds one folder for each class.");
        string root = System.IO.Path.GetFullPath(path);
        var notes = new List<string>();
        List<string> strayFiles = [.. Names(Directory.EnumerateFiles, root)];
        if (strayFiles.Count > 0)
            notes.Add($"{Counted(strayFiles.Count, "file")} beside the class folders of {root} not read: {Listed(strayFiles)}.");
        var classes = new List<string>();
        foreach (string name in Names(Directory.EnumerateDirectories, root))
        {
            string folder = System.IO.Path.Combine(root, name);
            List<string> nested = [.. Names(Directory.EnumerateDirectories, folder)];
            if (nested.Count > 0)
                notes.Add($"{Counted(nested.Count, "folder")} inside the class folder {folder} not read: {Listed(nested)}.");
            List<string> files = [.. Names(Directory.EnumerateFiles, folder)];
            List<string> others = [.. files.Where(file => !IsImage(file))];
            if (others.Count > 0)
                notes.Add($"{Counted(others.Count, "file")} in the class folder {folder} not read, not named as an image: {Listed(others)}.");
            if (others.Count == files.Count)
                notes.Add($"The class folder {folder} holds no image; there is no class '{name}'.");
            else
                classes.Add(name);
        }
        if (classes.Count == 0)
        {
            string images = strayFiles.Any(IsImage) ? " It holds images itself: move each into a folder that is named after its class." : "";
            throw new UserException(
                $"The image folder {root} holds no class folder with an image ({string.Join(", ", Extensions.Order(StringComparer.Ordinal))}).{images}");
        }
        return new ImageFolder(root, labelColumn, [.. classes], notes);
    }

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns)
    {
        foreach (string label in _classes)
        {
            string folder = System.IO.Path.Combine(Path, label);
            foreach (string file in Names(Directory.EnumerateFiles, folder).Where(IsImage))
            {
                var values = new string?[columns.Count];
                for (int i = 0; i < values.Length; i++)
                    values[i] = columns[i] == 0 ? System.IO.Path.Combine(folder, file) : label;
                yield return new TableRow($"{label}/{file}", values);
            }
        }
    }

    private static bool IsImage(string file) => Extensions.Contains(System.IO.Path.GetExtension(file));

    // Ordinal order: the same on every file system and in every culture.
    private static string[] Names(Func<string, IEnumerable<string>> list, string folder)
    {
        try
        {
            string[] names = [.. list(folder).Select(path => System.IO.Path.GetFileName(path))];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new UserException($"The folder {folder} cannot be read: {error.Message} Give yourself the right to list it, or take it out of the data.", error);
        }
    }

    private static string Counted(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
