using System.IO.Enumeration;
using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Freezing.Plans;

/// <summary>Chooses the weights that train.</summary>
internal static class WeightSelection
{
    /// <summary>Applies a plan to the weights of a backbone.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="blocks">The blocks.</param>
    /// <returns>What trains, by name.</returns>
    /// <exception cref="UserException">The backbone has fewer blocks, or no weight of that name.</exception>
    public static IReadOnlyDictionary<string, TrainingShare> Choose(FreezePlan plan, IReadOnlyList<StoredTensor> weights, GraphBlocks blocks)
    {
        int count = blocks.Starts.Count;
        if (plan.Top > count)
        {
            throw new UserException($"fineTune.train.top is {plan.Top}, and the backbone has {count} blocks. Set it to at most {count}, or leave it out to train all weights.");
        }

        foreach (string pattern in (plan.Weights ?? []).Concat(plan.Frozen ?? []))
        {
            if (!weights.Any(weight => Matches(pattern, weight.Name)))
            {
                throw new UserException($"No weight of the backbone is called '{pattern}'. There are {weights.Count}, e.g. {string.Join(", ", weights.Take(3).Select(static weight => weight.Name))}; `inspect` lists them.");
            }
        }

        return weights.Where(Trains).ToDictionary(static weight => weight.Name, Share);

        bool Trains(StoredTensor weight) => plan switch
        {
            { Top: { } top } => top > 0 && blocks.BlockOf(weight.Name) >= count - top,
            { Weights: { } patterns } => patterns.Any(pattern => Matches(pattern, weight.Name)),
            { Frozen: { } patterns } => !patterns.Any(pattern => Matches(pattern, weight.Name)),
            { NormsAndBiases: true } => weight.Shape.Count(static dim => dim > 1) <= 1,
            _ => true,
        };

        TrainingShare Share(StoredTensor weight)
        {
            int below = Math.Min(count - 1 - blocks.BlockOf(weight.Name), count);
            return new TrainingShare(Math.Pow(plan.LayerDecay, below), plan.Gradual ? below : 0);
        }
    }

    /// <summary>Whether a name fits a pattern with <c>*</c> and <c>?</c>.</summary>
    public static bool Matches(string pattern, string name) => pattern == name || FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
