using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>A row with its prediction.</summary>
/// <param name="Key">What names the row.</param>
/// <param name="Label">The true label; empty where it is not known.</param>
/// <param name="Predicted">The predicted label.</param>
/// <param name="Scores">One score a class.</param>
internal sealed record ScoredRow(string Key, string Label, string Predicted, float[] Scores)
{
    /// <summary>Reads scored rows in their order.</summary>
    /// <param name="scored">A view with <c>RowKey</c>, <c>PredictedLabel</c> and <c>Score</c>.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labelColumn">The column of the true label; null where there is none.</param>
    public static IEnumerable<ScoredRow> Read(IDataView scored, int classes, string? labelColumn = FeatureTableView.Label)
    {
        DataViewSchema.Column key = scored.Schema[FeatureTableView.RowKey];
        DataViewSchema.Column? label = labelColumn is null ? null : scored.Schema[labelColumn];
        DataViewSchema.Column predicted = scored.Schema["PredictedLabel"];
        DataViewSchema.Column score = scored.Schema["Score"];
        DataViewSchema.Column? probability = score.Type is NumberDataViewType ? scored.Schema.GetColumnOrNull("Probability") : null;
        using DataViewRowCursor cursor = scored.GetRowCursor(
            [key, predicted, score, .. ((DataViewSchema.Column?[])[label, probability]).OfType<DataViewSchema.Column>()]);
        Func<string> readKey = LabelReader.Create(cursor, key);
        Func<string> readLabel = label is { } known ? LabelReader.Create(cursor, known) : static () => "";
        Func<string> readPredicted = LabelReader.Create(cursor, predicted);
        ScoreReader readScores = ScoreReader.Create(cursor, score, probability, classes);
        while (cursor.MoveNext())
            yield return new ScoredRow(readKey(), readLabel(), readPredicted(), readScores.Read().ToArray());
    }
}
