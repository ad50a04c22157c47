using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>The numbers of a column.</summary>
internal sealed class NumberTarget : IFineTuningTarget
{
    private readonly string _labelColumn;

    /// <param name="labelColumn">The column.</param>
    /// <param name="options">How it is trained.</param>
    /// <exception cref="UserException">The options are for classes.</exception>
    public NumberTarget(string labelColumn, FineTuneOptions options)
    {
        if (options.BalanceSampling || options.Loss.BalanceClasses || options.Loss.LabelSmoothing > 0 || options.Loss.FocalGamma > 0)
        {
            throw new UserException("FineTuneOptions: balanced sampling, class weights, label smoothing and the focal loss are for classes, and a regression has none. Leave them out.");
        }

        _labelColumn = labelColumn;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Outputs => ["Score"];

    /// <inheritdoc/>
    public void Check(DataViewSchema schema) => LabelColumn.Check(schema, _labelColumn, "Single", static type => type == NumberDataViewType.Single);

    /// <inheritdoc/>
    public TargetRows Read(IDataView rows)
    {
        float[] values = Values(rows);
        return values.Length > 0
            ? new TargetRows(Outputs, new int[values.Length]) { Numbers = NumberTargets.Of(values) }
            : throw new UserException("There is no row to train on.");
    }

    /// <inheritdoc/>
    public TargetRows Read(IDataView rows, TargetRows training)
    {
        float[] values = Values(rows);
        return new TargetRows(Outputs, new int[values.Length]) { Numbers = training.Numbers!.With(values) };
    }

    /// <inheritdoc/>
    public ITransformer Head(FineTunedModel trained, TargetRows training, string featureColumn) =>
        new LinearNumberHead(trained.HeadWeights, trained.HeadBiases[0]).Regressor(featureColumn);

    /// <inheritdoc/>
    public SchemaShape Shape(SchemaShape features, string featureColumn) =>
        new MLContext().Regression.Trainers.OnlineGradientDescent(_labelColumn, featureColumn).GetOutputSchema(features);

    private float[] Values(IDataView rows)
    {
        float[] values = [.. rows.GetColumn<float>(_labelColumn)];
        int broken = Array.FindIndex(values, static value => !float.IsFinite(value));
        return broken < 0 ? values : throw new UserException($"Row {broken + 1} has the label {values[broken]}. Leave such rows out before the training.");
    }
}
