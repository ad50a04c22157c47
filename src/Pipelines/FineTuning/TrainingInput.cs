using Microsoft.ML;
using MLTransfer.FineTuning.Texts;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>The rows of a data set as a backbone is trained on them.</summary>
/// <param name="Graph">The backbone with what is before and behind it.</param>
/// <param name="Rows">The rows.</param>
internal sealed record TrainingInput(FeatureGraph Graph, ITrainingInputs Rows) : IDisposable
{
    /// <summary>Reads the rows of a pipeline.</summary>
    /// <param name="resolved">The pipeline, with one input.</param>
    /// <param name="backbone">Its backbone.</param>
    /// <param name="view">The rows.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static TrainingInput Create(PipelineConfiguration resolved, Backbone backbone, IDataView view, string workFolder, CancellationToken cancellation)
    {
        FeatureInput input = resolved.Features[0];
        if (input.Image is not null)
        {
            throw new UserException($"fineTune trains backbones of texts, and '{input.Image}' holds images. Use 'head' in place of 'fineTune'.");
        }

        ITransformer? join = JoinedText.Create(new MLContext(), "FineTuning", input, view, out string text, out string? pair);
        return ForTexts(backbone, join?.Transform(view) ?? view, pair is null ? [text] : [text, pair], input.MaximumLength, input.Normalize);
    }

    /// <summary>Reads texts, or sentence pairs.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="view">The rows.</param>
    /// <param name="columns">The text column, or the two of a sentence pair.</param>
    /// <param name="maximumLength">Longest text in tokens; null: the card's.</param>
    /// <param name="normalize">Whether feature vectors are divided by their length.</param>
    public static TrainingInput ForTexts(Backbone backbone, IDataView view, IReadOnlyList<string> columns, int? maximumLength, bool normalize)
    {
        if (maximumLength is { } length && backbone.Card.Text is { } card)
        {
            backbone = new Backbone(backbone.Card with { Text = card with { MaximumLength = length } }, backbone.Directory);
        }

        TextColumns.Check(view.Schema, columns);
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions { Normalize = normalize });
        return new TrainingInput(graph, TextInputs.For(graph, [.. TextColumns.Read(view, columns).Select(static row => (row.Text, row.Pair))]));
    }

    /// <inheritdoc/>
    public void Dispose() => (Rows as IDisposable)?.Dispose();
}
