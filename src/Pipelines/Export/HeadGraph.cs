using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Export;

/// <summary>Writes what comes behind the features as ONNX nodes: normalisation, trainer, calibrator, names of the classes.</summary>
/// <remarks>Linear heads are plain operators; trees are <c>ai.onnx.ml</c>'s TreeEnsembleRegressor.</remarks>
internal sealed class HeadGraph
{
    private const string PredictedLabel = "PredictedLabel";
    private const string Score = "Score";
    private const string Probability = "Probability";

    private readonly GraphBuilder _graph;

    // Column → tensor. Vectors are [batch, length], numbers are [batch].
    private readonly Dictionary<string, string> _tensors = [];
    private readonly HashSet<string> _texts = [];
    private int _classes;

    /// <summary>A graph without nodes.</summary>
    /// <param name="opset">Version of the standard operators: that of the graphs in front.</param>
    public HeadGraph(long opset) => _graph = new GraphBuilder("head", opset);

    /// <summary>Names of the classes in the order of the scores; empty where the model does not name them.</summary>
    public IReadOnlyList<string> Classes { get; private set; } = [];

    /// <summary>Adds a vector column that the graph reads.</summary>
    public void Read(string column, int length) => _tensors[column] = _graph.Input(column, DataType.Float, "batch", length);

    /// <summary>Adds what a step does.</summary>
    /// <exception cref="UserException">There are no operators for it.</exception>
    public void Add(SavedStep step)
    {
        switch (step.Transformer)
        {
            case ColumnConcatenatingTransformer:
                AddConcatenation(step);
                break;
            case NormalizingTransformer normalizing:
                AddNormalization(step, normalizing);
                break;
            case LpNormNormalizingTransformer:
                AddUnitLength(step);
                break;
            case ISingleFeaturePredictionTransformer<object> { Model: ICalibrator calibrator }:
                _tensors[Probability] = Calibrators.Apply(_graph, _tensors[Score], [calibrator]);
                break;
            case ISingleFeaturePredictionTransformer<object> prediction:
                AddPrediction(step, prediction.Model, Tensor(step, prediction.FeatureColumnName));
                break;
            case KeyToValueMappingTransformer when step.Made is [{ Name: PredictedLabel }]:
                AddNames(KeyNames(step.Input[PredictedLabel]));
                break;
            case ValueMappingTransformer when step.Made is [{ Name: PredictedLabel, Type: TextDataViewType }]:
                AddNames(MappedNames(step));
                break;
            default:
                throw new UserException(
                    $"{step.Description} cannot be written as ONNX. Heads of lbfgs, sdca, averaged-perceptron, linear-svm, light-gbm, fast-tree, fast-forest and naive-bayes can.");
        }
    }

    /// <summary>The finished graph, with the outputs <c>PredictedLabel</c>, <c>Score</c> and, with two classes in a binary task, <c>Probability</c>.</summary>
    public OnnxModel Build()
    {
        if (_tensors.TryGetValue(PredictedLabel, out string? label))
        {
            _graph.Output(PredictedLabel, label, _texts.Contains(PredictedLabel) ? DataType.String : DataType.Int64, "batch");
        }

        if (_classes > 1)
        {
            _graph.Output(Score, _tensors[Score], DataType.Float, "batch", _classes);
        }
        else
        {
            _graph.Output(Score, _tensors[Score], DataType.Float, "batch");
        }

        if (_tensors.TryGetValue(Probability, out string? probability))
        {
            _graph.Output(Probability, probability, DataType.Float, "batch");
        }

        return _graph.Build();
    }

    private void AddConcatenation(SavedStep step)
    {
        foreach (DataViewSchema.Column made in step.Made)
        {
            string[] parts = [.. step.Reads([made]).Select(column => Tensor(step, column))];
            _tensors[made.Name] = parts.Length == 1 ? parts[0] : _graph.Node("Concat", parts, ("axis", 1L));
        }
    }

    private void AddNormalization(SavedStep step, NormalizingTransformer normalizing)
    {
        for (int i = 0; i < step.Made.Count; i++)
        {
            if (normalizing.GetNormalizerModelParameters(i) is not NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>> affine)
            {
                throw new UserException($"{step.Description} normalises in a way that cannot be written as ONNX; shifting and scaling can.");
            }

            // (x − offset) · scale; no offset at all means zero. All of it 1 is how saved models flatten a vector.
            string tensor = Tensor(step, step.Reads([step.Made[i]])[0]);
            if (!affine.Offset.IsDefaultOrEmpty)
            {
                tensor = _graph.Node("Sub", [tensor, _graph.Floats("offset", [affine.Offset.Length], affine.Offset.AsSpan())]);
            }

            _tensors[step.Made[i].Name] = affine.Scale.All(static scale => scale == 1)
                ? tensor
                : _graph.Node("Mul", [tensor, _graph.Floats("scale", [affine.Scale.Length], affine.Scale.AsSpan())]);
        }
    }

    private void AddUnitLength(SavedStep step)
    {
        foreach (DataViewSchema.Column made in step.Made)
        {
            string tensor = Tensor(step, step.Reads([made])[0]);
            string length = _graph.Reduce("ReduceL2", tensor, [1], keepDims: true);
            _tensors[made.Name] = _graph.Node("Div", [tensor, _graph.Node("Max", [length, _graph.Scalar(1e-8f)])]);
        }
    }

    private void AddPrediction(SavedStep step, object model, string features)
    {
        if (step.Output[Score].Type is VectorDataViewType { Size: var classes })
        {
            _classes = classes;
            _tensors[Score] = MulticlassScores.Apply(_graph, features, model, step);
            _tensors[PredictedLabel] = _graph.Node("ArgMax", [_tensors[Score]], ("axis", 1L), ("keepdims", false));
            return;
        }

        _classes = 1;
        object margin = model is CalibratedModelParametersBase calibrated ? calibrated.SubModel : model;
        _tensors[Score] = _graph.Squeeze(Margins.Apply(_graph, features, [margin], step), 1);
        _tensors[PredictedLabel] = _graph.Cast(_graph.Node("Greater", [_tensors[Score], _graph.Scalar(0f)]), DataType.Int64);
        if (model is CalibratedModelParametersBase { Calibrator: { } calibrator })
        {
            _tensors[Probability] = Calibrators.Apply(_graph, _tensors[Score], [calibrator]);
        }
    }

    private void AddNames(string[] names)
    {
        Classes = names;
        _tensors[PredictedLabel] = _graph.Node("Gather", [_graph.Store(TensorData.Strings("classes", [names.Length], names)), _tensors[PredictedLabel]]);
        _texts.Add(PredictedLabel);
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(static name => name.ToString())];
    }

    /// <summary>The text that a mapping gives for false and for true.</summary>
    private static string[] MappedNames(SavedStep step)
    {
        MLContext ml = new();
        SchemaDefinition definition = SchemaDefinition.Create(typeof(BooleanRow));
        definition[nameof(BooleanRow.Value)].ColumnName = PredictedLabel;
        IDataView mapped = step.Transformer.Transform(ml.Data.LoadFromEnumerable([new BooleanRow { Value = false }, new BooleanRow { Value = true }], definition));
        return [.. mapped.GetColumn<string>(PredictedLabel)];
    }

    private string Tensor(SavedStep step, string column) => _tensors.TryGetValue(column, out string? tensor)
        ? tensor
        : throw new UserException($"{step.Description} reads the column '{column}', which no part of the graph gives.");

    private sealed class BooleanRow
    {
        public bool Value { get; set; }
    }
}
