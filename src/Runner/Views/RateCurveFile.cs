using System.Globalization;
using CsvHelper;
using MLTransfer.FineTuning.Rates;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Views;

/// <summary>The curve of a range test as a CSV file: <c>learningRate</c>, <c>loss</c>, <c>smoothedLoss</c>.</summary>
internal static class RateCurveFile
{
    /// <summary>Writes the file; it is there completely or not at all.</summary>
    public static Task WriteAsync(string path, LearningRateRange found, CancellationToken cancellation) => AtomicFile.WriteAsync(path, async file =>
    {
        await using var csv = CsvWriter.Create(file, new CsvWriterOptions(), leaveOpen: true);
        await csv.WriteRecordAsync(["learningRate", "loss", "smoothedLoss"], cancellation).ConfigureAwait(false);
        foreach (LearningRatePoint point in found.Curve)
        {
            string[] fields = [.. new[] { point.LearningRate, point.Loss, point.SmoothedLoss }.Select(static value => value.ToString(CultureInfo.InvariantCulture))];
            await csv.WriteRecordAsync(fields, cancellation).ConfigureAwait(false);
        }
    });
}
