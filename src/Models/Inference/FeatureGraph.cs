using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Inference;

/// <summary>
/// The graph that a feature column comes from: what is left of preprocessing, the backbone up to its feature tensor, pooling, normalisation. Training
/// and the saved model run the same nodes.
/// </summary>
internal sealed class FeatureGraph
{
    private readonly Lazy<string> _cacheKey;

    private FeatureGraph(Backbone backbone, FeatureGraphOptions options, FeatureTensor feature, OnnxModel model, Func<string> fingerprint, int? declaredDimension)
    {
        DeclaredDimension = declaredDimension;
        // Bump the version when the same inputs begin to give other numbers.
        _cacheKey = new Lazy<string>(() => string.Join(
            '\n', "features/1", fingerprint(), StrictJson.Write(backbone.Card), feature, options.Normalize, options.Chain, "float32"));
        Backbone = backbone;
        Options = options;
        Feature = feature;
        Model = model;
    }

    /// <summary>Name of the pixels, uint8 <c>[batch, 3, height, width]</c>, where a stock image chain comes before the graph.</summary>
    public const string Pixels = ImageInputGraph.PixelsName;

    /// <summary>Name of the output, float <c>[batch, features]</c>.</summary>
    public const string Features = PoolingGraph.FeaturesName;

    /// <summary>The backbone.</summary>
    public Backbone Backbone { get; }

    /// <summary>How the graph was made.</summary>
    public FeatureGraphOptions Options { get; }

    /// <summary>The feature tensor in force.</summary>
    public FeatureTensor Feature { get; }

    /// <summary>The graph.</summary>
    public OnnxModel Model { get; }

    /// <summary>Length of a feature vector as the backbone's file declares it; null where it does not.</summary>
    public int? DeclaredDimension { get; }

    /// <summary>
    /// What the features of a row depend on besides the row, as text: the backbone's files, preprocessing, feature tensor, pooling, precision.
    /// </summary>
    public string CacheKey => _cacheKey.Value;

    /// <summary>Builds the graph.</summary>
    /// <exception cref="Errors.UserException">The backbone's file is broken, or a tensor that the card or the options name is not in it.</exception>
    public static FeatureGraph Build(Backbone backbone, FeatureGraphOptions options)
    {
        FeatureTensor feature = options.Feature ?? backbone.Card.Feature;
        OnnxModel whole = OnnxModel.Load(backbone.ModelPath);
        OnnxModel backboneGraph = whole.Slice([feature.Tensor]);
        long opset = backboneGraph.Opsets[Opset.Standard];
        bool masked = backbone.Card.Modality == Modality.Text;
        Dictionary<string, string> links = new() { [PoolingGraph.TensorName] = feature.Tensor };
        ValueInfoProto? mask = backboneGraph.Proto.Graph.Input.FirstOrDefault(input => input.Name == backbone.Card.Text?.AttentionMask);
        if (masked && mask is not null && PoolingGraph.LooksAtMask(feature.Pooling))
        {
            links[PoolingGraph.MaskName] = mask.Name;
        }

        var maskType = (TensorProto.Types.DataType)(mask?.Type?.TensorType?.ElemType ?? (int)TensorProto.Types.DataType.Int64);
        OnnxModel pooling = PoolingGraph.Build(feature.Pooling, masked, options.Normalize, opset, maskType);
        OnnxModel model = backboneGraph.Append(pooling, links);
        model = BackboneInputs.Adapt(
            model,
            backbone.Card.Modality,
            backbone.Card.Text?.InputIds,
            () => TextTokenizers.Create(backbone.Card.Text!.Tokenizer, backbone.Directory).PaddingId);
        backbone = WithLengthOf(backboneGraph, backbone);
        if (options.Chain is not null && backbone.Card.Image is { } image)
        {
            string input = ImageInput(backboneGraph, image, backbone);
            model = model.Prepend(
                ImageInputGraph.Build(options.Chain, image, (int)opset), new Dictionary<string, string> { [input] = ImageInputGraph.TensorName });
        }

        AddMetadata(model, backbone, feature, options);
        return new FeatureGraph(
            backbone, options, feature, model, BackboneFiles.Fingerprint(backbone, whole), PoolingGraph.DimensionOf(feature.Pooling, backboneGraph.Outputs.Single(output => output.Name == feature.Tensor).Dimensions));
    }

    /// <summary>The graph with the names of ML.NET columns, and an output of known length, which trainers need.</summary>
    /// <param name="names">Input or output of the graph → column.</param>
    /// <param name="dimension">Length of a feature vector.</param>
    public OnnxModel WithColumns(IReadOnlyDictionary<string, string> names, int dimension) => WithColumns(Model, names, dimension);

    /// <inheritdoc cref="WithColumns(IReadOnlyDictionary{string, string}, int)"/>
    public static OnnxModel WithColumns(OnnxModel model, IReadOnlyDictionary<string, string> names, int dimension)
    {
        OnnxModel renamed = model.Rename(names);
        ValueInfoProto output = renamed.Proto.Graph.Output.Single(value => value.Name == names[Features]);
        TensorShapeProto shape = new();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        renamed.Proto.Graph.Output.Clear();
        renamed.Proto.Graph.Output.Add(new ValueInfoProto
        {
            Name = output.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        });
        return renamed;
    }

    /// <summary>The graph's input that takes an image.</summary>
    public static string ImageInput(OnnxModel model, ImagePreprocessing image, Backbone backbone)
    {
        IReadOnlyList<OnnxValue> inputs = model.Inputs;
        string? name = image.Input ?? (inputs.Count == 1 ? inputs[0].Name : null);
        return inputs.Any(input => input.Name == name)
            ? name!
            : throw new OnnxModelException(
                $"Backbone '{backbone.Card.Name}' has no input '{name ?? "(not named)"}'; it has {string.Join(", ", inputs.Select(static i => i.Name))}. Set image.input in its card.");
    }

    /// <summary>Texts are cut where a graph reads rows of a fixed length.</summary>
    private static Backbone WithLengthOf(OnnxModel graph, Backbone backbone) =>
        backbone.Card.Text is { } text && BackboneInputs.FixedLength(graph) is { } length && length < text.MaximumLength
            ? backbone.WithMaximumLength(length)
            : backbone;

    private static void AddMetadata(OnnxModel model, Backbone backbone, FeatureTensor feature, FeatureGraphOptions options)
    {
        Dictionary<string, string> pairs = new()
        {
            ["mltransfer.backbone"] = backbone.Card.Name,
            ["mltransfer.feature"] = feature.Tensor,
            ["mltransfer.pooling"] = feature.Pooling.ToString(),
        };
        if (options.Chain is not null)
        {
            pairs["mltransfer.chain"] = StrictJson.Write(options.Chain).Trim();
        }

        foreach ((string key, string value) in pairs)
        {
            model.Proto.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }
    }
}
