using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Export;

/// <summary>Finds out by trying which formula a one-against-all model has: ML.NET saves it, but does not tell.</summary>
internal static class OneVersusAllProbe
{
    private const int Rows = 16;
    private const double Tolerance = 1e-4;

    /// <summary>The formula with which the graph gives what the model gives.</summary>
    /// <exception cref="UserException">None does.</exception>
    public static OneVersusAllFormula Find(SavedStep step, IReadOnlyList<object> models)
    {
        var transformer = (ISingleFeaturePredictionTransformer<object>)step.Transformer;
        int length = ((VectorDataViewType)step.Input[transformer.FeatureColumnName].Type).Size;
        ProbeRow[] rows = [.. Enumerable.Range(0, Rows).Select(row => new ProbeRow { Features = Values(row, length) })];
        float[] expected = Expected(transformer, rows, length);
        bool hasProbabilities = models.All(static model => model is CalibratedModelParametersBase);
        foreach (OneVersusAllFormula formula in Enum.GetValues<OneVersusAllFormula>())
        {
            if ((hasProbabilities || formula != OneVersusAllFormula.Probabilities) && Agree(expected, Actual(step, models, formula, rows, length)))
            {
                return formula;
            }
        }

        throw new UserException($"{step.Description} makes scores of its models in a way that is not known here, and cannot be written as ONNX.");
    }

    private static float[] Expected(ISingleFeaturePredictionTransformer<object> transformer, ProbeRow[] rows, int length)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(ProbeRow));
        SchemaDefinition.Column column = schema[nameof(ProbeRow.Features)];
        column.ColumnName = transformer.FeatureColumnName;
        column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, length);
        IDataView scored = transformer.Transform(new MLContext().Data.LoadFromEnumerable(rows, schema));
        return [.. scored.GetColumn<float[]>("Score").SelectMany(static scores => scores)];
    }

    private static float[] Actual(SavedStep step, IReadOnlyList<object> models, OneVersusAllFormula formula, ProbeRow[] rows, int length)
    {
        GraphBuilder graph = new("probe", 17);
        string scores = MulticlassScores.OneVersusAll(graph, graph.Input("x", DataType.Float, "batch", length), models, formula, step);
        graph.Output("y", scores, DataType.Float, "batch", models.Count);
        using InferenceSession session = SessionFactory.Create(graph.Build(), new InferenceOptions(), "probe");
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(rows.SelectMany(static row => row.Features).ToArray(), [rows.Length, length]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [input], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static bool Agree(float[] expected, float[] actual) =>
        expected.Zip(actual).All(static pair => Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(1, Math.Abs(pair.First)));

    /// <summary>Feature vectors of growing size: small ones and large ones tell the formulas apart.</summary>
    private static float[] Values(int row, int length)
    {
        Random random = new(row);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() - 0.5) * (row + 1)))];
    }

    private sealed class ProbeRow
    {
        public float[] Features { get; set; } = [];
    }
}
