using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Data;

/// <summary>A table after one reading that checked each row: which rows are good, and their classes. Four bytes a row stay in memory.</summary>
internal sealed class ScannedTable
{
    private const int RowsAtOnce = 256;

    private readonly ITable _table;
    private readonly IReadOnlyList<int> _imageValues;

    private ScannedTable(ITable table, RowLayout layout, DataColumns columns)
    {
        _table = table;
        Layout = layout;
        _imageValues = [.. columns.Images.Select(layout.IndexOf)];
    }

    public string Path => _table.Path;

    public RowLayout Layout { get; }

    /// <summary>The class of each row, an index in <see cref="ClassNames"/>; −1 for an unusable row.</summary>
    public List<int> Classes { get; } = [];

    /// <summary>The classes' names in the order of their first row; one empty name where the label is no class.</summary>
    public List<string> ClassNames { get; } = [];

    /// <summary>The first row's key of each class, in the order of <see cref="ClassNames"/>.</summary>
    public List<string> FirstKeys { get; } = [];

    /// <summary>XXH128 of all values that the pipeline reads, and of the images' bytes, in 32 hexadecimal digits.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>Reads and checks every row.</summary>
    public static ScannedTable Scan(
        ITable table, DataColumns columns, ProblemLog problems, IProgress<long>? progress, CancellationToken cancellation)
    {
        RowLayout layout = RowLayout.Create(table, columns);
        var scanned = new ScannedTable(table, layout, columns);
        var check = new RowCheck(columns, layout);
        var classes = new Dictionary<string, int>(StringComparer.Ordinal);
        var hash = new XxHash128();
        foreach (TableRow[] rows in scanned.Read().Chunk(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            var found = new RowProblem?[rows.Length];
            byte[][] digests = new byte[rows.Length][];
            // Opening images is what takes the time.
            Parallel.For(0, rows.Length, index =>
            {
                found[index] = check.Problem(rows[index]);
                digests[index] = found[index] is null ? scanned.Digest(rows[index]) : [];
            });
            for (int index = 0; index < rows.Length; index++)
            {
                hash.Append(digests[index]);
                if (found[index] is { } problem)
                {
                    problems.Add(rows[index].Key, problem);
                    scanned.Classes.Add(-1);
                    continue;
                }
                string name = columns.LabelKind == LabelKind.Class ? check.Label(rows[index].Values) ?? "" : "";
                if (!classes.TryGetValue(name, out int number))
                {
                    number = classes.Count;
                    classes.Add(name, number);
                    scanned.ClassNames.Add(name);
                    scanned.FirstKeys.Add(rows[index].Key);
                }
                scanned.Classes.Add(number);
            }
            progress?.Report(scanned.Classes.Count);
        }
        scanned.Fingerprint = Convert.ToHexStringLower(hash.GetCurrentHash());
        return scanned;
    }

    /// <summary>Reads the rows with full paths for images.</summary>
    public IEnumerable<TableRow> Read()
    {
        string folder = Directory.Exists(_table.Path) ? _table.Path : System.IO.Path.GetDirectoryName(_table.Path)!;
        foreach (TableRow row in _table.Read(Layout.TableColumns))
        {
            if (row.Problem is null)
            {
                foreach (int index in _imageValues)
                {
                    if (!string.IsNullOrWhiteSpace(row.Values[index]))
                        row.Values[index] = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, row.Values[index]!));
                }
            }
            yield return row;
        }
    }

    // Lengths go in too, so that "ab","c" and "a","bc" differ. An image counts by its bytes, not by where it lies.
    private byte[] Digest(TableRow row)
    {
        var hash = new XxHash128();
        Span<byte> length = stackalloc byte[sizeof(int)];
        for (int index = 0; index < row.Values.Length; index++)
        {
            if (_imageValues.Contains(index))
            {
                using FileStream image = File.OpenRead(row.Values[index]!);
                hash.Append(image);
                continue;
            }
            byte[] bytes = Encoding.UTF8.GetBytes(row.Values[index] ?? "");
            int written = row.Values[index] is null ? -1 : bytes.Length;
            MemoryMarshal.Write(length, in written);
            hash.Append(length);
            hash.Append(bytes);
        }
        return hash.GetCurrentHash();
    }
}
