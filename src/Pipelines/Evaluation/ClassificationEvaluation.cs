using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Evaluates the rows that a classifier has scored, in more detail than ML.NET's own metrics do.</summary>
public static class ClassificationEvaluation
{
    /// <summary>Reads scored rows once and gives their metrics.</summary>
    /// <param name="scored">
    /// Rows with the true label and the predicted one (text, or keys with text values), and either a <c>Score</c> vector with one number a class,
    /// or, of a binary trainer, a single <c>Score</c> and where it is calibrated <c>Probability</c>.
    /// </param>
    /// <param name="classes">
    /// The classes' names in the order of the scores. With a single score: the negative class, then the positive one.
    /// </param>
    /// <param name="labelColumnName">The column of the true label.</param>
    /// <param name="scoreColumnName">The column of the scores.</param>
    /// <param name="predictedLabelColumnName">The column of the predicted label.</param>
    /// <param name="probabilityColumnName">The column of a binary trainer's probability.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type; a label is none of the classes; there is no row.</exception>
    public static ClassificationMetrics Evaluate(
        IDataView scored,
        IReadOnlyList<string> classes,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        string probabilityColumnName = "Probability")
    {
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count < 2)
            throw new ArgumentException("Give at least two classes.", nameof(classes));
        DataViewSchema.Column label = Column(scored, labelColumnName);
        DataViewSchema.Column predicted = Column(scored, predictedLabelColumnName);
        DataViewSchema.Column score = Column(scored, scoreColumnName);
        DataViewSchema.Column? probability = score.Type is NumberDataViewType ? scored.Schema.GetColumnOrNull(probabilityColumnName) : null;

        var evaluator = new ClassificationEvaluator(classes);
        using DataViewRowCursor cursor = scored.GetRowCursor(probability is { } column ? [label, predicted, score, column] : [label, predicted, score]);
        Func<string> readLabel = LabelReader.Create(cursor, label);
        Func<string> readPredicted = LabelReader.Create(cursor, predicted);
        ScoreReader readScores = ScoreReader.Create(cursor, score, probability, classes.Count);
        var indexes = classes.Select((name, index) => (name, index)).ToDictionary(entry => entry.name, entry => entry.index, StringComparer.Ordinal);
        long rows = 0;
        while (cursor.MoveNext())
        {
            rows++;
            string name = readLabel();
            if (!indexes.TryGetValue(name, out int index))
                throw new ArgumentException($"Row {rows} has the label '{name}', which is none of the {classes.Count} classes.", nameof(scored));
            evaluator.Add(index, indexes.GetValueOrDefault(readPredicted(), -1), readScores.Read());
        }
        return rows > 0 ? evaluator.Metrics() : throw new ArgumentException("There is no row to evaluate.", nameof(scored));
    }

    private static DataViewSchema.Column Column(IDataView data, string name) =>
        data.Schema.GetColumnOrNull(name) ?? throw new ArgumentException($"There is no column '{name}'.", nameof(data));
}
