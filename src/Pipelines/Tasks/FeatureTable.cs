using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.Win32.SafeHandles;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>
/// Feature vectors with their labels and keys, row by row. The vectors lie in a temporary file, so that memory does not grow with them; trainers read
/// them again and again, in any order.
/// </summary>
internal sealed class FeatureTable : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly List<string> _keys = [];
    private readonly List<string> _labels = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <param name="folder">Where the temporary file lies; it goes away with the table, or with the process.</param>
    /// <param name="dimension">Length of a vector.</param>
    public FeatureTable(string folder, int dimension)
    {
        Dimension = dimension;
        string path = Path.Combine(folder, $".features-{Guid.NewGuid():N}.tmp");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    /// <summary>Length of a vector.</summary>
    public int Dimension { get; }

    /// <summary>The number of rows.</summary>
    public int Count => _keys.Count;

    /// <summary>What names each row.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>The label of each row.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>Adds a row.</summary>
    public void Add(string key, string label, ReadOnlySpan<float> vector)
    {
        if (vector.Length != Dimension)
            throw new ArgumentException($"{vector.Length} numbers where the rows have {Dimension}.", nameof(vector));
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(vector), Offset(Count));
        if (!_names.TryGetValue(label, out string? shared))
            _names[label] = shared = label;
        _keys.Add(key);
        _labels.Add(shared);
    }

    /// <summary>Reads the vector of a row.</summary>
    public void Read(int row, Span<float> vector)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(vector[..Dimension]);
        int read = RandomAccess.Read(_file, bytes, Offset(row));
        if (read != bytes.Length)
            throw new IOException($"The temporary file of features ends in row {row}.");
    }

    /// <summary>The rows as columns <c>Label</c> (text), <c>Features</c> (vector of Single) and <c>RowKey</c> (text).</summary>
    /// <param name="rows">Which rows, in this order; null: all.</param>
    public IDataView View(IReadOnlyList<int>? rows = null) => new FeatureTableView(this, rows ?? [.. Enumerable.Range(0, Count)]);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private long Offset(int row) => (long)row * Dimension * sizeof(float);
}
