using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>How far the graph's predictions are from the saved model's.</summary>
/// <param name="Rows">Rows that were compared.</param>
/// <param name="LargestDifference">The largest difference of a score.</param>
internal sealed record ExportComparison(int Rows, double LargestDifference)
{
    /// <summary>Absolute for scores up to 1, relative above.</summary>
    private const double Tolerance = 1e-4;

    private const int BatchSize = 16;

    /// <summary>Runs both on the same rows.</summary>
    /// <param name="saved">The saved model, in ML.NET's own transforms.</param>
    /// <param name="whole">The graph.</param>
    /// <param name="rows">Rows with the model's columns.</param>
    /// <param name="most">Rows to compare at most.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="InvalidOperationException">A label differs, or a score by more than 1e-4.</exception>
    public static ExportComparison Run(SavedSteps saved, WholeGraph whole, IDataView rows, int most, CancellationToken cancellation)
    {
        using InferenceSession session = SessionFactory.Create(whole.Model, new InferenceOptions(), "the exported model");
        IDataView scored = saved.Transform(rows);
        string[] outputs = [.. whole.Model.Outputs.Select(static output => output.Name)];
        DataViewSchema.Column[] inputs = [.. whole.Inputs.Keys.Select(column => scored.Schema[column])];
        using DataViewRowCursor cursor = scored.GetRowCursor([.. inputs, .. outputs.Select(name => scored.Schema[name])]);
        ColumnBatch[] given = [.. inputs.Select(column => ColumnBatch.Create(cursor, column))];
        ColumnBatch[] expected = [.. outputs.Select(name => ColumnBatch.Create(cursor, scored.Schema[name]))];
        int count = 0;
        double largest = 0;
        while (count < most)
        {
            cancellation.ThrowIfCancellationRequested();
            int batch = 0;
            while (batch < BatchSize && count + batch < most && cursor.MoveNext())
            {
                foreach (ColumnBatch column in given.Concat(expected))
                {
                    column.Add();
                }

                batch++;
            }

            if (batch == 0)
            {
                break;
            }

            OrtValue[] values = [.. given.Select(column => column.ToTensor(batch))];
            try
            {
                using RunOptions options = new();
                using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. whole.Inputs.Values], values, outputs);
                for (int i = 0; i < outputs.Length; i++)
                {
                    largest = Math.Max(largest, Compare(outputs[i], expected[i], results[i], count));
                }
            }
            finally
            {
                Array.ForEach(values, static value => value.Dispose());
            }

            foreach (ColumnBatch column in given.Concat(expected))
            {
                column.Clear();
            }

            count += batch;
        }

        return new ExportComparison(count, largest);
    }

    private static double Compare(string output, ColumnBatch expected, OrtValue actual, int first)
    {
        if (expected is ColumnBatch.Texts texts)
        {
            string[] names = actual.GetStringTensorAsArray();
            for (int i = 0; i < names.Length; i++)
            {
                if (names[i] != texts.Values[i])
                {
                    throw Differs($"row {first + i + 1}: {output} is '{names[i]}', not '{texts.Values[i]}'");
                }
            }

            return 0;
        }

        double largest = 0;
        ReadOnlySpan<float> numbers = actual.GetTensorDataAsSpan<float>();
        List<float> wanted = ((ColumnBatch.Numbers<float>)expected).Values;
        int width = Math.Max(1, wanted.Count / Math.Max(1, expected.Rows));
        for (int i = 0; i < wanted.Count; i++)
        {
            double difference = Math.Abs(numbers[i] - wanted[i]);
            largest = Math.Max(largest, difference);
            if (!(difference <= Tolerance * Math.Max(1, Math.Abs(wanted[i]))) && !numbers[i].Equals(wanted[i]))
            {
                throw Differs(string.Create(CultureInfo.InvariantCulture, $"row {first + (i / width) + 1}: {output}[{i % width}] is {numbers[i]}, not {wanted[i]}"));
            }
        }

        return largest;
    }

    private static InvalidOperationException Differs(string where) =>
        new($"The ONNX graph does not predict what the saved model predicts ({where}). Nothing was written.");
}
