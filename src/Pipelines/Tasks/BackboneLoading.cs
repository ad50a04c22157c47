using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Loads the backbones of a pipeline's inputs.</summary>
internal static class BackboneLoading
{
    /// <summary>One backbone an input, checked against its card and against what the input is.</summary>
    /// <exception cref="UserException">A backbone is not found, not what its card says, or reads something else than the input holds.</exception>
    public static IReadOnlyList<Backbone> Load(PipelineConfiguration resolved) => [.. resolved.Features.Select(Load)];

    private static Backbone Load(FeatureInput input)
    {
        Backbone backbone = Backbone.Load(input.BackboneName, PipelineResolution.BackboneOptions(input));
        if (backbone.Card.Modality != input.Modality)
        {
            string column = input.Image ?? input.Text!.ToString();
            throw new UserException(
                $"Backbone '{backbone.Card.Name}' reads {Plural(backbone.Card.Modality)}, and the input '{column}' holds {Plural(input.Modality)}. Choose another backbone; `backbones` lists them.");
        }
        if (input.Tensor is null && input.Pooling is null)
            return backbone;
        FeatureTensor feature = backbone.Card.Feature;
        feature = feature with { Tensor = input.Tensor ?? feature.Tensor, Pooling = input.Pooling ?? (input.Tensor is null ? feature.Pooling : Pooling.None) };
        return Backbone.Load(input.BackboneName, PipelineResolution.BackboneOptions(input) with { Feature = feature });
    }

    private static string Plural(Modality modality) => modality == Modality.Image ? "images" : "texts";
}
