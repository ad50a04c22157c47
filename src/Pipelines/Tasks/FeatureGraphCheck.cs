using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Builds the graphs of a pipeline's inputs without running them: that finds broken files, tensors that are not there, and plans of fine-tuning that do not fit.</summary>
internal static class FeatureGraphCheck
{
    /// <summary>Checks each input's graph.</summary>
    /// <returns>What of the backbone trains, in a few words; null where nothing does.</returns>
    /// <exception cref="Models.Errors.UserException">A file is no ONNX model, a tensor or input that is named is not in it, or what is asked of it or of the machine does not fit.</exception>
    public static string? Check(PipelineConfiguration resolved, IReadOnlyList<Backbone> backbones)
    {
        SessionFactory.RequireProvider(resolved.Inference);
        if (resolved.FineTune is not null)
        {
            FineTuneCheck.Configuration(resolved);
        }

        string? trains = null;
        foreach ((FeatureInput input, Backbone backbone) in resolved.Features.Zip(backbones))
        {
            bool isStock = input.Modality == Modality.Image && (input.Preprocessing ?? ImagePreprocessingMode.Stock) == ImagePreprocessingMode.Stock;
            StockImageChain? chain = isStock && backbone.Card.Image is { } image ? StockImageChain.For(image) : null;
            FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions { Normalize = input.Normalize, Chain = chain });
            if (resolved.FineTune is not null)
            {
                trains = FineTuneCheck.Plan(resolved, backbone, graph);
            }
        }

        return trains;
    }
}
