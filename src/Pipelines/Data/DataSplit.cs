using Microsoft.ML;

namespace MLTransfer.Pipelines.Data;

/// <summary>A set of checked rows: the training rows, the test rows, or those of a fold.</summary>
internal sealed class DataSplit
{
    private readonly ScannedTable _table;
    private readonly Func<int, bool> _isChosen;

    internal DataSplit(ScannedTable table, Func<int, bool> isChosen)
    {
        _table = table;
        _isChosen = isChosen;
        int[] counts = new int[table.ClassNames.Count];
        for (int row = 0; row < table.Classes.Count; row++)
        {
            if (!isChosen(row))
                continue;
            Count++;
            counts[table.Classes[row]]++;
        }
        ClassCounts = table.ClassNames.Select((name, index) => (name, counts[index]))
            .Where(entry => entry.Item2 > 0)
            .OrderBy(entry => entry.name, StringComparer.Ordinal)
            .ToDictionary(entry => entry.name, entry => (long)entry.Item2, StringComparer.Ordinal);
        View = new TableDataView(table.Read, table.Layout, isChosen, Count);
    }

    /// <summary>The number of rows.</summary>
    public long Count { get; }

    /// <summary>Rows of each class, by name in ordinal order. Without a class label: one entry with an empty name.</summary>
    public IReadOnlyDictionary<string, long> ClassCounts { get; }

    /// <summary>The rows, streamed from disk by each cursor.</summary>
    public IDataView View { get; }

    /// <summary>The set without the rows of some keys, for rows that turn out to be broken while features are extracted.</summary>
    /// <param name="keys">Values of <see cref="DataColumns.RowKey"/>.</param>
    public DataSplit Except(IReadOnlySet<string> keys)
    {
        if (keys.Count == 0)
            return this;
        var dropped = new HashSet<int>();
        int number = 0;
        foreach (Formats.TableRow row in _table.Read())
        {
            if (keys.Contains(row.Key))
                dropped.Add(number);
            number++;
        }
        return new DataSplit(_table, row => _isChosen(row) && !dropped.Contains(row));
    }

    /// <summary>Some rows, spread evenly over the set.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="among">Values of <see cref="DataColumns.RowKey"/> to choose from; null for all.</param>
    public DataSplit Spread(int most, IReadOnlySet<string>? among = null)
    {
        var rows = new List<int>();
        int number = 0;
        foreach (Formats.TableRow row in _table.Read())
        {
            if (_isChosen(number) && among?.Contains(row.Key) != false)
                rows.Add(number);
            number++;
        }
        int count = Math.Min(most, rows.Count);
        HashSet<int> spread = [.. Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Count / count)])];
        return new DataSplit(_table, spread.Contains);
    }
}
