using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Export;

/// <summary>How far the graph's predictions are from the saved model's.</summary>
/// <param name="Rows">Rows that were compared.</param>
/// <param name="LargestDifference">The largest difference of a score.</param>
internal sealed record ExportComparison(int Rows, double LargestDifference)
{
    /// <summary>Absolute for scores up to 1, relative above.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Runs both on the same rows.</summary>
    /// <param name="saved">The saved model, in ML.NET's own transforms.</param>
    /// <param name="whole">The graph.</param>
    /// <param name="rows">Rows with the model's columns.</param>
    /// <param name="most">Rows to compare at most.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <exception cref="UserException">A label differs, or a score by more than 1e-4.</exception>
    public static ExportComparison Run(SavedSteps saved, WholeGraph whole, IDataView rows, int most, CancellationToken cancellation)
    {
        using InferenceSession session = SessionFactory.Create(whole.Model, new InferenceOptions(), "the exported model");
        IDataView scored = saved.Transform(rows);
        string[] outputs = [.. whole.Model.Outputs.Select(static output => output.Name)];
        DataViewSchema.Column[] inputs = [.. whole.Inputs.Select(input => scored.Schema[input.Column])];
        using DataViewRowCursor cursor = scored.GetRowCursor([.. inputs, .. outputs.Select(name => scored.Schema[name])]);
        ColumnRow[] given = [.. inputs.Select(column => ColumnRow.Create(cursor, column))];
        ColumnRow[] expected = [.. outputs.Select(name => ColumnRow.Create(cursor, scored.Schema[name]))];
        using RunOptions options = new();
        int count = 0;
        double largest = 0;

        // One row at a time, as ML.NET runs the graph: a batch rounds a little differently, and a tree may take another branch for that.
        while (count < most && cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (ColumnRow column in given.Concat(expected))
            {
                column.Read();
            }

            OrtValue[] values = [.. whole.Inputs.Select((input, i) => input.ToTensor(given[i]))];
            try
            {
                using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. whole.Inputs.Select(static input => input.Name)], values, outputs);
                count++;
                for (int i = 0; i < outputs.Length; i++)
                {
                    largest = Math.Max(largest, Compare(outputs[i], expected[i], results[i], count));
                }
            }
            finally
            {
                Array.ForEach(values, static value => value.Dispose());
            }
        }

        return new ExportComparison(count, largest);
    }

    private static double Compare(string output, ColumnRow expected, OrtValue actual, int row)
    {
        if (expected is ColumnRow.Texts text)
        {
            string name = actual.GetStringTensorAsArray()[0];
            return name == text.Value ? 0 : throw Differs($"row {row}: {output} is '{name}', not '{text.Value}'");
        }

        double largest = 0;
        ReadOnlySpan<float> numbers = actual.GetTensorDataAsSpan<float>();
        float[] wanted = ((ColumnRow.Numbers<float>)expected).Values;
        if (numbers.Length != wanted.Length)
        {
            throw Differs($"row {row}: {output} has {numbers.Length} numbers, not {wanted.Length}");
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            if (numbers[i].Equals(wanted[i]))
            {
                continue; // infinity too
            }

            double difference = Math.Abs((double)numbers[i] - wanted[i]);
            if (!(difference <= Tolerance * Math.Max(1, Math.Abs(wanted[i]))))
            {
                throw Differs(string.Create(CultureInfo.InvariantCulture, $"row {row}: {output}[{i}] is {numbers[i]}, not {wanted[i]}"));
            }

            largest = Math.Max(largest, difference);
        }

        return largest;
    }

    private static UserException Differs(string where) =>
        new($"The ONNX graph does not predict what the saved model predicts ({where}), so it was not written. Use the saved model, and report the trainer and the backbone.");
}
