using System.Globalization;
using CsvHelper;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Runner.RunFolders;

/// <summary>A confusion matrix as CSV: a row for each true class, a column for each predicted one.</summary>
internal static class ConfusionMatrixFile
{
    /// <summary>Writes the table.</summary>
    public static void Write(Stream file, ConfusionTable table)
    {
        using var csv = CsvWriter.Create(file, new CsvWriterOptions(), leaveOpen: true);
        csv.WriteRecord(["true\\predicted", .. table.Labels]);
        for (int row = 0; row < table.Labels.Count; row++)
            csv.WriteRecord([table.Labels[row], .. table.Counts[row].Select(static count => count.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>The sum of the matrices of several folds.</summary>
    public static ConfusionTable Sum(IReadOnlyList<ConfusionTable> tables) => tables[0] with
    {
        Counts = [.. Enumerable.Range(0, tables[0].Labels.Count).Select(row =>
            Enumerable.Range(0, tables[0].Labels.Count).Select(column => tables.Sum(table => table.Counts[row][column])).ToArray())],
    };
}
