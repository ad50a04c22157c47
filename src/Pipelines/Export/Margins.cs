using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>Raw scores of binary models, several at once: one against all is one matrix, or one ensemble.</summary>
internal static class Margins
{
    /// <summary>Adds the models.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">Features, <c>[batch, length]</c>.</param>
    /// <param name="models">Linear models, or tree ensembles; all of one kind.</param>
    /// <param name="step">The step that they belong to, for errors.</param>
    /// <returns>Margins, <c>[batch, models]</c>.</returns>
    /// <exception cref="UserException">A model is of another kind.</exception>
    public static string Apply(GraphBuilder graph, string features, IReadOnlyList<object> models, SavedStep step)
    {
        if (models.All(static model => model is LinearModelParameters))
        {
            LinearModelParameters[] linear = [.. models.Cast<LinearModelParameters>()];
            return Linear.Apply(graph, features, [.. linear.Select(static model => model.Weights)], [.. linear.Select(static model => model.Bias)]);
        }

        if (models.All(static model => model is TreeEnsembleModelParameters))
        {
            return Trees.Apply(graph, features, [.. models.Cast<TreeEnsembleModelParameters>()]);
        }

        throw new UserException($"{step.Description} is a {models[0].GetType().Name}, which cannot be written as ONNX.");
    }
}
