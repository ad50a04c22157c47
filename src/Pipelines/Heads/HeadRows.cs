using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Heads;

/// <summary>Feature vectors in memory, and views of some of them for ML.NET's trainers, which read their rows again and again.</summary>
internal sealed class HeadRows
{
    /// <summary>The key of the class.</summary>
    public const string LabelColumn = "HeadLabel";

    /// <summary>Whether the class is the second of two.</summary>
    public const string PositiveColumn = "HeadIsPositive";

    private readonly HeadRow[] _rows;
    private readonly IReadOnlyList<string> _classes;
    private readonly string _featureColumn;

    private HeadRows(HeadRow[] rows, IReadOnlyList<string> classes, string featureColumn)
    {
        _rows = rows;
        _classes = classes;
        _featureColumn = featureColumn;
    }

    /// <summary>The number of rows.</summary>
    public int Count => _rows.Length;

    /// <summary>The class of each row, from 0.</summary>
    public IReadOnlyList<int> Labels => [.. _rows.Select(row => (int)row.Label)];

    /// <summary>Reads all rows.</summary>
    /// <param name="rows">Rows with a label (text, or keys with text values) and a feature vector of fixed length.</param>
    /// <param name="classes">The classes' names.</param>
    /// <param name="labelColumn">The label's column.</param>
    /// <param name="featureColumn">The features' column.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UserException">A feature is not finite; there is no row; all rows are of one class.</exception>
    /// <exception cref="ArgumentException">A column is missing or of another type; a label is none of the classes.</exception>
    public static HeadRows Read(
        IDataView rows, IReadOnlyList<string> classes, string labelColumn, string featureColumn, CancellationToken cancellation)
    {
        DataViewSchema.Column label = Column(rows, labelColumn);
        DataViewSchema.Column features = Column(rows, featureColumn);
        if (features.Type is not VectorDataViewType { IsKnownSize: true, ItemType: var item } || item != NumberDataViewType.Single)
            throw new ArgumentException($"Column '{featureColumn}' holds {features.Type}; expected a vector of floats of fixed length.", nameof(rows));
        var indexes = classes.Select((name, index) => (name, index)).ToDictionary(entry => entry.name, entry => entry.index, StringComparer.Ordinal);
        var read = new List<HeadRow>();
        using DataViewRowCursor cursor = rows.GetRowCursor([label, features]);
        Func<string> readLabel = LabelReader.Create(cursor, label);
        ValueGetter<VBuffer<float>> readFeatures = cursor.GetGetter<VBuffer<float>>(features);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            string name = readLabel();
            if (!indexes.TryGetValue(name, out int index))
                throw new ArgumentException($"Row {read.Count + 1} has the label '{name}', which is none of the {classes.Count} classes.", nameof(rows));
            readFeatures(ref buffer);
            float[] values = [.. buffer.DenseValues()];
            if (!Array.TrueForAll(values, float.IsFinite))
            {
                throw new UserException(
                    $"The feature vector of training row {read.Count + 1} (class '{name}') holds a number that is not finite. Take the row out, or check the backbone's preprocessing.");
            }
            read.Add(new HeadRow { Label = (uint)index, IsPositive = index == 1, Features = values });
        }
        if (read.Select(row => row.Label).Distinct().Take(2).Count() < 2)
            throw new UserException(read.Count == 0 ? "There is no row to train on." : $"All {read.Count} training rows are of one class. A classifier needs at least two.");
        return new HeadRows([.. read], classes, featureColumn);
    }

    /// <summary>Some of the rows, with <see cref="LabelColumn"/>, <see cref="PositiveColumn"/> and the feature column.</summary>
    /// <param name="ml">The context that the view belongs to.</param>
    /// <param name="chosen">Indexes of the rows; null for all.</param>
    /// <param name="cancellation">Ends the next reading of a row, and with it a trainer that reads rows.</param>
    public IDataView View(MLContext ml, IReadOnlyList<int>? chosen, CancellationToken cancellation)
    {
        var schema = SchemaDefinition.Create(typeof(HeadRow));
        SchemaDefinition.Column label = schema[nameof(HeadRow.Label)];
        label.ColumnName = LabelColumn;
        label.ColumnType = new KeyDataViewType(typeof(uint), _classes.Count);
        ReadOnlyMemory<char>[] names = [.. _classes.Select(name => name.AsMemory())];
        label.AddAnnotation(
            "KeyValues", new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        schema[nameof(HeadRow.IsPositive)].ColumnName = PositiveColumn;
        SchemaDefinition.Column features = schema[nameof(HeadRow.Features)];
        features.ColumnName = _featureColumn;
        features.ColumnType = new VectorDataViewType(NumberDataViewType.Single, _rows[0].Features.Length);
        IEnumerable<HeadRow> rows = chosen is null ? _rows : chosen.Select(index => _rows[index]);
        return ml.Data.LoadFromEnumerable(
            rows.Select(row =>
            {
                cancellation.ThrowIfCancellationRequested();
                return row;
            }),
            schema);
    }

    private static DataViewSchema.Column Column(IDataView rows, string name) =>
        rows.Schema.GetColumnOrNull(name) ?? throw new ArgumentException($"There is no column '{name}'.", nameof(rows));
}
