using System.Globalization;
using MLTransfer.FineTuning.Training.Progress;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>What was measured after an epoch, in a line.</summary>
internal static class MeasureText
{
    /// <summary>The line.</summary>
    public static string Of(EpochMeasure measure)
    {
        string validation = measure.Accuracy is null ? "" : string.Create(
            CultureInfo.InvariantCulture, $", validation accuracy {measure.Accuracy:0.0000}, macro F1 {measure.MacroF1:0.0000}, log loss {measure.LogLoss:0.0000}");
        if (measure.MeanSquaredError is { } error)
        {
            validation = string.Create(CultureInfo.InvariantCulture, $", validation mean squared error {error:0.0000}, R² {measure.RSquared:0.0000}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"epoch {measure.Epoch}: training loss {measure.TrainingLoss:0.0000}{validation}");
    }
}
