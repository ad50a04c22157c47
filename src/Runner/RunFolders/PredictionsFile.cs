using MLTransfer.Pipelines.Tasks;
using Parquet;
using Parquet.Schema;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Scored rows as Parquet: <c>key</c>, <c>label</c>, <c>predictedLabel</c>, and <c>score.NAME</c> for each class.</summary>
internal static class PredictionsFile
{
    private const int RowsAtOnce = 10_000;

    /// <summary>Writes sets of rows; with several sets (folds) a column <c>fold</c>, from 1, tells them apart.</summary>
    /// <param name="file">Where they are written.</param>
    /// <param name="sets">The sets of rows.</param>
    /// <param name="classes">The classes in the order of the scores.</param>
    /// <param name="hasLabel">Whether the true label is known.</param>
    /// <param name="cancellation">Stops between two groups of rows.</param>
    public static async Task WriteAsync(
        Stream file, IReadOnlyList<IEnumerable<ScoredRow>> sets, IReadOnlyList<string> classes, bool hasLabel, CancellationToken cancellation)
    {
        DataField key = new DataField<string>("key");
        DataField label = new DataField<string>("label");
        DataField predicted = new DataField<string>("predictedLabel");
        DataField fold = new DataField<int>("fold");
        DataField[] scores = [.. classes.Select(static name => new DataField<float>($"score.{name}"))];
        bool hasFolds = sets.Count > 1;
        DataField[] fields = [key, .. hasLabel ? [label] : Array.Empty<DataField>(), predicted, .. hasFolds ? [fold] : Array.Empty<DataField>(), .. scores];

        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file, cancellationToken: cancellation).ConfigureAwait(false);
        IEnumerable<(ScoredRow Row, int Fold)> all = sets.SelectMany(static (set, index) => set.Select(row => (row, index + 1)));
        foreach ((ScoredRow Row, int Fold)[] rows in all.Chunk(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(key, Array.ConvertAll(rows, static row => row.Row.Key)).ConfigureAwait(false);
            if (hasLabel)
                await group.WriteAsync(label, Array.ConvertAll(rows, static row => row.Row.Label)).ConfigureAwait(false);
            await group.WriteAsync(predicted, Array.ConvertAll(rows, static row => row.Row.Predicted)).ConfigureAwait(false);
            if (hasFolds)
                await group.WriteAsync<int>(fold, Array.ConvertAll(rows, static row => row.Fold), cancellationToken: cancellation).ConfigureAwait(false);
            for (int i = 0; i < scores.Length; i++)
            {
                int column = i;
                await group.WriteAsync<float>(scores[i], Array.ConvertAll(rows, row => row.Row.Scores[column]), cancellationToken: cancellation).ConfigureAwait(false);
            }
            group.CompleteValidate();
        }
    }
}
