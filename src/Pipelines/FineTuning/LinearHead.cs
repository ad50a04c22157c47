using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>A head that was trained in Torch as ML.NET's own linear classifier, so that the saved model has the columns, names and keys of ML.NET's trainers.</summary>
/// <remarks>
/// ML.NET has no public way to make a linear model of given weights. Its trainer makes one of the right shape from one row of zeros a class, and
/// the weights are put into it: docs/decisions/linear-head.md.
/// </remarks>
/// <param name="Weights"><c>[classes, features]</c>, row by row.</param>
/// <param name="Biases"><c>[classes]</c>.</param>
/// <param name="Classes">The names of the classes.</param>
internal sealed record LinearHead(float[] Weights, float[] Biases, IReadOnlyList<string> Classes)
{
    private const string Label = "Label";

    /// <summary>The classifier: from a feature column to <c>Score</c> and <c>PredictedLabel</c>, a key with the names of the classes.</summary>
    /// <param name="featureColumn">The column of the features.</param>
    public MulticlassPredictionTransformer<MaximumEntropyModelParameters> Classifier(string featureColumn)
    {
        MLContext ml = new(seed: 0);
        var classifier = ml.MulticlassClassification.Trainers
            .LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
            {
                LabelColumnName = Label,
                FeatureColumnName = featureColumn,
                L1Regularization = 0,
                L2Regularization = 0,
                MaximumNumberOfIterations = 1,
                Quiet = true,
            })
            .Fit(Zeros(ml, featureColumn));
        LinearMulticlassModelParametersBase model = classifier.Model;
        int dimension = Weights.Length / Biases.Length;
        VBuffer<float>[] weights = WeightsOf(model);
        for (int c = 0; c < Biases.Length; c++)
        {
            weights[c] = new VBuffer<float>(dimension, Weights[(c * dimension)..((c + 1) * dimension)]);
        }

        Biases.CopyTo(BiasesOf(model), 0);
        DenseWeightsOf(model) = null;
        return classifier;
    }

    /// <summary>The classifier, with <c>PredictedLabel</c> as text.</summary>
    /// <inheritdoc cref="Classifier"/>
    public ITransformer WithTexts(string featureColumn)
    {
        MLContext ml = new(seed: 0);
        var classifier = Classifier(featureColumn);
        IDataView scored = classifier.Transform(Zeros(ml, featureColumn));
        return new TransformerChain<ITransformer>(classifier, ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored));
    }

    /// <summary>One row a class, with features of zero.</summary>
    private IDataView Zeros(MLContext ml, string featureColumn)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        ReadOnlyMemory<char>[] names = [.. Classes.Select(static name => name.AsMemory())];
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), names.Length);
        schema[nameof(Row.Label)].AddAnnotation("KeyValues", new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        schema[nameof(Row.Features)].ColumnName = featureColumn;
        float[] zeros = new float[Weights.Length / Biases.Length];
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, zeros.Length);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(1, names.Length).Select(key => new Row { Label = (uint)key, Features = zeros }), schema);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Weights")]
    private static extern ref VBuffer<float>[] WeightsOf(LinearMulticlassModelParametersBase model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Biases")]
    private static extern ref float[] BiasesOf(LinearMulticlassModelParametersBase model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_weightsDense")]
    private static extern ref VBuffer<float>[]? DenseWeightsOf(LinearMulticlassModelParametersBase model);

    private sealed class Row
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
