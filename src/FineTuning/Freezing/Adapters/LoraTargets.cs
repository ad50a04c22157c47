using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>Finds the weights that get an adapter.</summary>
internal static class LoraTargets
{
    private const int NamesShown = 12;

    /// <summary>The weights that the options ask for, in the order of the file.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">The backbone.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <exception cref="UserException">A pattern fits no weight that can have an adapter, or the dropout cannot be computed for one.</exception>
    public static IReadOnlyList<LoraTarget> Choose(LoraOptions options, OnnxModel model, IReadOnlyList<StoredTensor> weights, GraphBlocks blocks)
    {
        WeightReaders readers = WeightReaders.Of(model.Proto.Graph);
        LoraTarget[] candidates = [.. weights.Select(weight => Describe(weight, model.Proto.Graph, readers, blocks)).OfType<LoraTarget>()];
        foreach (string pattern in options.Targets ?? [])
        {
            if (!candidates.Any(candidate => WeightSelection.Matches(pattern, candidate.Weight)))
            {
                throw new UserException($"fineTune.train.lora.targets: no weight of a MatMul, Gemm or Conv is called '{pattern}'. {Listed(candidates)}");
            }
        }

        IReadOnlyList<LoraTarget> chosen = options.Targets is { } patterns
            ? [.. candidates.Where(candidate => patterns.Any(pattern => WeightSelection.Matches(pattern, candidate.Weight)))]
            : OfBlocks(candidates, blocks);
        if (chosen.Count == 0)
        {
            throw new UserException($"fineTune.train.lora: the backbone has no matrices in repeated blocks. Name the weights in 'targets'. {Listed(candidates)}");
        }

        if (options.Dropout > 0 && chosen.FirstOrDefault(static target => target.SideNodes.Count == 0) is { } merged)
        {
            throw new UserException(
                $"fineTune.train.lora.dropout is {options.Dropout}, and the weight '{merged.Weight}' {Why(merged, readers)}, so that its adapter has no input of its own. Set dropout to 0, or leave the weight out of 'targets'.");
        }

        return chosen;
    }

    /// <summary>
    /// The matrices that each block has; what comes behind the last block, as a pooler does, is not among them. Where blocks have none, their convolutions.
    /// </summary>
    private static IReadOnlyList<LoraTarget> OfBlocks(LoraTarget[] candidates, GraphBlocks blocks)
    {
        foreach (Func<LoraTarget, bool> kind in (Func<LoraTarget, bool>[])[static target => target.Form != LoraForm.Filters, static target => target.Form == LoraForm.Filters && target.SideNodes.Count > 0])
        {
            LoraTarget[][] byBlock = [.. candidates.Where(candidate => candidate.Block >= 0 && kind(candidate))
                .GroupBy(static candidate => candidate.Block)
                .Select(group => group.OrderBy(target => blocks.Uses.FirstNode[target.Weight]).ToArray())];
            if (byBlock.Length > 0)
            {
                int common = byBlock.Length == blocks.Starts.Count ? byBlock.Min(static block => block.Length) : int.MaxValue;
                HashSet<string> names = [.. byBlock.SelectMany(block => block.Take(common)).Select(static target => target.Weight)];
                return [.. candidates.Where(candidate => names.Contains(candidate.Weight))];
            }
        }

        return [];
    }

    private static LoraTarget? Describe(StoredTensor weight, GraphProto graph, WeightReaders readers, GraphBlocks blocks)
    {
        IReadOnlyList<WeightReader> uses = readers.Of(weight.Name);
        LoraForm? form = weight.Shape.Count < 2 ? null : uses.Select(use => Form(graph.Node[use.Node], use, weight.Shape)).FirstOrDefault(static form => form is not null);
        if (form is null)
        {
            return null;
        }

        bool beside = !readers.IsReadElsewhere(weight.Name) && uses.All(use => IsSide(graph.Node[use.Node], use) && Form(graph.Node[use.Node], use, weight.Shape) == form);
        return new LoraTarget(weight.Name, weight.Shape, form.Value, blocks.BlockOf(weight.Name), beside ? [.. uses.Select(static use => use.Node)] : []);
    }

    /// <summary>How a node reads a weight as a matrix; null where it does not.</summary>
    private static LoraForm? Form(NodeProto node, WeightReader use, IReadOnlyList<long> shape)
    {
        bool turned = use.IsTurned;
        return (node.Domain, node.OpType, use.Input) switch
        {
            ("" or "ai.onnx", "Conv", 1) or ("com.microsoft", "FusedConv", 1) => turned || shape.Count < 3 ? null : LoraForm.Filters,
            ("" or "ai.onnx", "MatMul", 0 or 1) => Matrix(turned ^ (use.Input == 0)),
            ("" or "ai.onnx", "Gemm", 0) or ("com.microsoft", "FusedGemm", 0) => Matrix(turned ^ !IsSet(node, "transA")),
            ("" or "ai.onnx", "Gemm", 1) or ("com.microsoft", "FusedGemm" or "FusedMatMul", 1) => Matrix(turned ^ IsSet(node, "transB")),
            ("com.microsoft", "GemmFastGelu" or "Attention", 1) => Matrix(turned),
            _ => null,
        };

        static LoraForm Matrix(bool turned) => turned ? LoraForm.OutputsByInputs : LoraForm.InputsByOutputs;
    }

    /// <summary>Whether an adapter can be computed beside a node, from the node's own input.</summary>
    private static bool IsSide(NodeProto node, WeightReader use) => node.Domain is "" or "ai.onnx" && use.Input == 1 && node.OpType switch
    {
        "MatMul" => true,
        "Gemm" => !IsSet(node, "transA"),
        "Conv" => !node.Attribute.Any(static attribute => attribute.Name == "group" && attribute.I > 1),
        _ => false,
    };

    private static bool IsSet(NodeProto node, string attribute) => node.Attribute.Any(set => set.Name == attribute && set.I != 0);

    private static string Why(LoraTarget target, WeightReaders readers) =>
        target.Form == LoraForm.Filters && !readers.IsReadElsewhere(target.Weight) ? "belongs to a grouped or fused convolution" : "is read in several ways or by a fused node";

    private static string Listed(LoraTarget[] candidates) => candidates.Length == 0
        ? "The backbone has no weight that can have an adapter."
        : $"There are {candidates.Length}: {string.Join(", ", candidates.Take(NamesShown).Select(static candidate => candidate.Weight))}{(candidates.Length > NamesShown ? " …; `inspect` lists all weights" : "")}.";
}
