using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Builds the graphs of a pipeline's inputs without running them: that finds broken files and tensors that are not there.</summary>
internal static class FeatureGraphCheck
{
    /// <summary>Checks each input's graph.</summary>
    /// <exception cref="Models.Errors.UserException">A file is no ONNX model, or a tensor or input that is named is not in it.</exception>
    public static void Check(PipelineConfiguration resolved, IReadOnlyList<Backbone> backbones)
    {
        foreach ((FeatureInput input, Backbone backbone) in resolved.Features.Zip(backbones))
        {
            bool isStock = input.Modality == Modality.Image && (input.Preprocessing ?? ImagePreprocessingMode.Stock) == ImagePreprocessingMode.Stock;
            StockImageChain? chain = isStock && backbone.Card.Image is { } image ? StockImageChain.For(image) : null;
            FeatureGraph.Build(backbone, new FeatureGraphOptions { Normalize = input.Normalize, Chain = chain });
        }
    }
}
