namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>Rows on disk. They can be read again and again, by several readers at once, and are never all in memory.</summary>
internal interface ITable
{
    /// <summary>Full path of the file or folder.</summary>
    string Path { get; }

    /// <summary>The columns' names, in the file's order.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>What was seen and is not read: files that are not images, folders in folders. Empty for tables.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Reads all rows in the same order each time.</summary>
    /// <param name="columns">Indexes in <see cref="Columns"/> of the values wanted, in the order in which rows give them.</param>
    IEnumerable<TableRow> Read(IReadOnlyList<int> columns);
}
