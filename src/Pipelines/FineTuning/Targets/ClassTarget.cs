using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>The classes of a key column.</summary>
/// <param name="labelColumn">The column.</param>
internal sealed class ClassTarget(string labelColumn) : IFineTuningTarget
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Outputs => ["Score", "PredictedLabel"];

    /// <inheritdoc/>
    public void Check(DataViewSchema schema) => LabelColumn.Check(schema, labelColumn, "Key", static type => type is KeyDataViewType);

    /// <inheritdoc/>
    public TargetRows Read(IDataView rows)
    {
        ClassifiedRows classified = ClassifiedRows.OfKeys(rows, labelColumn);
        return new TargetRows(classified.Classes, classified.Labels);
    }

    /// <inheritdoc/>
    public TargetRows Read(IDataView rows, TargetRows training) => new(training.Outputs, ClassifiedRows.Read(rows, labelColumn, training.Outputs));

    /// <inheritdoc/>
    public ITransformer Head(FineTunedModel trained, TargetRows training, string featureColumn) =>
        new LinearHead(trained.HeadWeights, trained.HeadBiases, training.Outputs).Classifier(featureColumn);

    /// <inheritdoc/>
    public SchemaShape Shape(SchemaShape features, string featureColumn) =>
        new MLContext().MulticlassClassification.Trainers.LbfgsMaximumEntropy(labelColumn, featureColumn).GetOutputSchema(features);
}
