using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>The classes of rows.</summary>
/// <param name="Classes">Their names, in the order of the scores.</param>
/// <param name="Labels">The class of each row, from 0.</param>
internal sealed record ClassifiedRows(IReadOnlyList<string> Classes, int[] Labels)
{
    /// <summary>Reads the labels of rows; classes are in alphabetical order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labelColumn">A column of texts, or of keys with text values.</param>
    /// <exception cref="UserException">There are fewer than two classes.</exception>
    public static ClassifiedRows Read(IDataView rows, string labelColumn)
    {
        string[] labels = Names(rows, labelColumn);
        string[] classes = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return classes.Length >= 2
            ? new ClassifiedRows(classes, Indexes(labels, classes))
            : throw new UserException(classes.Length == 0 ? "There is no row to train on." : $"All {labels.Length} training rows are of the class '{classes[0]}'. A classifier needs at least two.");
    }

    /// <summary>Checks that every class has a row left.</summary>
    /// <exception cref="UserException">A class has lost all its rows.</exception>
    public static void RequireAll(IReadOnlyList<string> classes, int[] labels)
    {
        if (Enumerable.Range(0, classes.Count).Except(labels).Select(index => classes[index]).FirstOrDefault() is { } lost)
        {
            throw new UserException($"After broken rows were left out, the class '{lost}' has no training row. Mend the rows that the log names.");
        }
    }

    /// <summary>Reads the labels of rows with keys; classes are in the order of the keys, those without rows included.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labelColumn">A column of keys; those without names are named by their numbers.</param>
    public static ClassifiedRows OfKeys(IDataView rows, string labelColumn)
    {
        DataViewSchema.Column column = rows.Schema[labelColumn];
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType { ItemType: TextDataViewType })
        {
            column.GetKeyValues(ref names);
        }

        string[] classes = names.Length > 0
            ? [.. names.DenseValues().Select(static name => name.ToString())]
            : [.. Enumerable.Range(1, checked((int)((KeyDataViewType)column.Type).Count)).Select(static key => key.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        List<int> labels = [];
        using DataViewRowCursor cursor = rows.GetRowCursor([column]);
        ValueGetter<uint> read = cursor.GetGetter<uint>(column);
        uint key = 0;
        while (cursor.MoveNext())
        {
            read(ref key);
            labels.Add(key > 0 ? (int)key - 1 : throw new UserException($"Row {labels.Count + 1} has no label. Leave such rows out before the training."));
        }

        return new ClassifiedRows(classes, [.. labels]);
    }

    /// <summary>Reads the labels of rows whose classes are known.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labelColumn">The column.</param>
    /// <param name="classes">The classes.</param>
    /// <exception cref="UserException">A row is of another class.</exception>
    public static int[] Read(IDataView rows, string labelColumn, IReadOnlyList<string> classes) => Indexes(Names(rows, labelColumn), classes);

    private static string[] Names(IDataView rows, string labelColumn)
    {
        DataViewSchema.Column column = rows.Schema.GetColumnOrNull(labelColumn)
            ?? throw new ArgumentOutOfRangeException(nameof(labelColumn), $"Could not find label column '{labelColumn}'.");
        List<string> names = [];
        using DataViewRowCursor cursor = rows.GetRowCursor([column]);
        Func<string> read = LabelReader.Create(cursor, column);
        while (cursor.MoveNext())
        {
            names.Add(read());
        }

        return [.. names];
    }

    private static int[] Indexes(string[] labels, IReadOnlyList<string> classes)
    {
        Dictionary<string, int> indexes = classes.Select(static (name, index) => (name, index)).ToDictionary(static pair => pair.name, static pair => pair.index, StringComparer.Ordinal);
        return Array.ConvertAll(labels, label => indexes.TryGetValue(label, out int index)
            ? index
            : throw new UserException($"A validation row is of the class '{label}', which no training row is of."));
    }
}
