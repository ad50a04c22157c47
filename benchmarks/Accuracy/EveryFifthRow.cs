using CsvHelper;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Benchmarks.Accuracy;

/// <summary>The split of a table that comes without a test set: within each class, in file order, the rows with index mod 5 = 4 are tested.</summary>
internal static class EveryFifthRow
{
    /// <summary>Writes the two parts into a folder and gives the source that reads them.</summary>
    /// <param name="source">The table, by its full path, and its label.</param>
    /// <param name="folder">Where <c>train.csv</c> and <c>test.csv</c> go.</param>
    public static DataSource Split(DataSource source, string folder)
    {
        ITable table = TableFile.Open(source.Train, source, [source.Label]);
        int label = table.Columns.ToList().IndexOf(source.Label);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        string train = Path.Combine(folder, "train.csv");
        string test = Path.Combine(folder, "test.csv");
        using (CsvWriter trainWriter = CsvWriter.ToFile(train))
        using (CsvWriter testWriter = CsvWriter.ToFile(test))
        {
            Write(trainWriter, table.Columns);
            Write(testWriter, table.Columns);
            foreach (TableRow row in table.Read([.. Enumerable.Range(0, table.Columns.Count)]))
            {
                if (row.Problem is { } problem)
                    throw new InvalidDataException($"{row.Key}: {problem.Detail}");
                int index = seen.GetValueOrDefault(row.Values[label]!);
                seen[row.Values[label]!] = index + 1;
                Write(index % 5 == 4 ? testWriter : trainWriter, row.Values);
            }
        }
        return source with { Train = train, Test = test, Format = DataFormat.Csv };
    }

    private static void Write(CsvWriter writer, IEnumerable<string?> fields)
    {
        foreach (string? field in fields)
            writer.WriteField(field);
        writer.EndRecord();
    }
}
