using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLTransfer.Pipelines.Tests.Features;

/// <summary>What every feature estimator must do, as ML.NET's own tests ask of its estimators.</summary>
internal static class EstimatorWorkout
{
    private const float Tolerance = 1e-4f;

    /// <summary>Goes through schema, passes, save and load, row-to-row mapping, no rows, wrong schemas.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="estimator">The estimator; its output is the column Features.</param>
    /// <param name="rows">Rows that it accepts.</param>
    /// <param name="inputs">Its input columns.</param>
    /// <param name="wrong">A column of <paramref name="rows"/> of a type that it does not accept.</param>
    /// <param name="savable">Whether it has a stock form; where not, saving and mapping must throw and say so.</param>
    public static void Run(MLContext ml, IEstimator<ITransformer> estimator, IDataView rows, string[] inputs, string wrong, bool savable = true)
    {
        ITransformer transformer = estimator.Fit(rows);
        using var owned = transformer as IDisposable;
        float[][] features = Features(transformer.Transform(rows));
        Assert.NotEmpty(features);
        Assert.Equal(features, Features(transformer.Transform(rows)));

        SchemaIsWhatWasPromised(estimator, transformer, rows);
        OtherColumnsStay(transformer, rows);
        Assert.Empty(Features(transformer.Transform(ml.Data.SkipRows(rows, long.MaxValue))));
        WrongSchemasAreNamed(ml, estimator, transformer, rows, inputs, wrong);
        if (savable)
        {
            Near(features, Mapped(transformer, rows));
            SavedIsTheSame(ml, transformer, rows, features);
        }
        else
        {
            Assert.Contains("cannot be saved", Assert.ThrowsAny<Exception>(() => Save(ml, transformer, rows)).Message, StringComparison.Ordinal);
            Assert.Contains("prediction engine", Assert.ThrowsAny<Exception>(() => transformer.GetRowToRowMapper(rows.Schema)).Message, StringComparison.Ordinal);
        }
    }

    private static void SchemaIsWhatWasPromised(IEstimator<ITransformer> estimator, ITransformer transformer, IDataView rows)
    {
        DataViewSchema actual = transformer.Transform(rows).Schema;
        DataViewSchema announced = transformer.GetOutputSchema(rows.Schema);
        Assert.Equal(actual.Select(static column => (column.Name, column.Type)), announced.Select(static column => (column.Name, column.Type)));

        var columns = Shape(actual).ToDictionary(static column => column.Name);
        foreach (SchemaShape.Column promised in estimator.GetOutputSchema(Shape(rows.Schema)))
        {
            SchemaShape.Column column = columns[promised.Name];
            Assert.Equal((promised.Kind, promised.ItemType, promised.IsKey), (column.Kind, column.ItemType, column.IsKey));
        }

        Assert.True(((VectorDataViewType)actual["Features"].Type).IsKnownSize);
        Assert.True(transformer.IsRowToRowMapper);
    }

    private static void OtherColumnsStay(ITransformer transformer, IDataView rows)
    {
        IDataView output = transformer.Transform(rows);
        Assert.Equal(rows.GetColumn<string>("Key"), output.GetColumn<string>("Key"));
        Assert.Equal(rows.GetRowCount(), output.GetRowCount());
        Assert.All(rows.Schema, column => Assert.Equal(column.Type, output.Schema[column.Name].Type));

        // Both at once, and ids of rows too, keep step.
        using DataViewRowCursor before = rows.GetRowCursor(rows.Schema);
        using DataViewRowCursor after = output.GetRowCursor([output.Schema["Features"], output.Schema["Key"]]);
        ValueGetter<DataViewRowId> idBefore = before.GetIdGetter(), idAfter = after.GetIdGetter();
        while (before.MoveNext())
        {
            DataViewRowId first = default, second = default;
            Assert.True(after.MoveNext());
            idBefore(ref first);
            idAfter(ref second);
            Assert.Equal((first, before.Position), (second, after.Position));
        }

        Assert.False(after.MoveNext());
    }

    private static void WrongSchemasAreNamed(
        MLContext ml, IEstimator<ITransformer> estimator, ITransformer transformer, IDataView rows, string[] inputs, string wrong)
    {
        foreach (string input in inputs)
        {
            IDataView missing = ml.Transforms.DropColumns(input).Fit(rows).Transform(rows);
            IDataView mistyped = ml.Transforms.CopyColumns(input, wrong).Fit(missing).Transform(missing);
            foreach (IDataView bad in new[] { missing, mistyped })
            {
                Action[] calls =
                [
                    () => estimator.GetOutputSchema(Shape(bad.Schema)), () => estimator.Fit(bad), () => transformer.Transform(bad), () => transformer.GetOutputSchema(bad.Schema),
                ];
                Assert.All(calls, call => Assert.Contains(input, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal));
            }
        }
    }

    private static float[][] Mapped(ITransformer transformer, IDataView rows)
    {
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(rows.Schema);
        DataViewSchema.Column column = mapper.OutputSchema["Features"];
        using DataViewRowCursor cursor = rows.GetRowCursor(mapper.GetDependencies([column]));
        using DataViewRow row = mapper.GetRow(cursor, [column]);
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
        List<float[]> mapped = [];
        while (cursor.MoveNext())
        {
            VBuffer<float> value = default;
            getter(ref value);
            mapped.Add(value.DenseValues().ToArray());
        }

        return [.. mapped];
    }

    private static void SavedIsTheSame(MLContext ml, ITransformer transformer, IDataView rows, float[][] features)
    {
        using MemoryStream bytes = Save(ml, transformer, rows);
        ITransformer loaded = ml.Model.Load(bytes, out DataViewSchema schema);
        using var owned = loaded as IDisposable;

        // ML.NET leaves columns of images out of a saved schema.
        Assert.Equal(rows.Schema.Where(static column => column.Type is not ImageDataViewType).Select(static column => column.Name), schema.Select(static column => column.Name));
        IDataView output = loaded.Transform(rows);
        Near(features, Features(output));
        Assert.Equal(transformer.GetOutputSchema(rows.Schema)["Features"].Type, output.Schema["Features"].Type);

        // Saved again it is still the same.
        using MemoryStream again = Save(ml, loaded, rows);
        Near(features, Features(ml.Model.Load(again, out _).Transform(rows)));
    }

    private static MemoryStream Save(MLContext ml, ITransformer transformer, IDataView rows)
    {
        MemoryStream bytes = new();
        ml.Model.Save(transformer, rows.Schema, bytes);
        bytes.Position = 0;
        return bytes;
    }

    private static float[][] Features(IDataView view) => [.. view.GetColumn<float[]>("Features")];

    private static void Near(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static row =>
        {
            Assert.Equal(row.First.Length, row.Second.Length);
            Assert.All(row.First.Zip(row.Second), static pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        });
    }

    // ML.NET keeps the way from a schema to its shape to itself.
    private static SchemaShape Shape(DataViewSchema schema) =>
        (SchemaShape)typeof(SchemaShape).GetMethod("Create", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, [schema])!;
}
