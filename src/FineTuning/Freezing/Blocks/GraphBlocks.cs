using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Blocks;

/// <summary>The blocks of a backbone, found by the repetition of its weighted nodes; names are not looked at.</summary>
/// <param name="Starts">The first node of each block, in the order of computation; a block ends where the next one begins, the last one at the end.</param>
/// <param name="Uses">Where the graph uses its weights.</param>
internal sealed record GraphBlocks(IReadOnlyList<int> Starts, WeightUses Uses)
{
    // Less than half of the weighted nodes is no repetition of the whole.
    private const double LeastCovered = 0.5;

    /// <summary>The block of a weight, from 0; -1 for weights before the first block.</summary>
    public int BlockOf(string weight)
    {
        int node = Uses.FirstNode.GetValueOrDefault(weight, -1);
        int block = -1;
        while (block + 1 < Starts.Count && Starts[block + 1] <= node)
        {
            block++;
        }

        return block;
    }

    /// <summary>Finds the blocks.</summary>
    /// <param name="model">The backbone.</param>
    /// <param name="weights">The names of the initializers that are weights.</param>
    public static GraphBlocks Find(OnnxModel model, IReadOnlyCollection<string> weights)
    {
        GraphProto graph = model.Proto.Graph;
        WeightUses uses = WeightUses.Of(graph, weights);
        Dictionary<string, TensorProto> tensors = graph.Initializer.ToDictionary(static tensor => tensor.Name);
        int[] weighted = [.. Enumerable.Range(0, graph.Node.Count).Where(node => uses.OfNode[node].Count > 0)];
        int[] crossings = BlockBoundaries.Crossings(graph, uses);
        foreach (Func<int, string> signature in (Func<int, string>[])[Exact, Kind])
        {
            var run = RepeatedRun.Find([.. weighted.Select(signature)]);
            if (run.Repetitions > 1 && run.Covered >= LeastCovered * weighted.Length)
            {
                return new GraphBlocks(StartsOf(run, weighted, crossings), uses);
            }
        }

        return new GraphBlocks(Residual(graph, weighted, crossings), uses);

        string Exact(int node) =>
            graph.Node[node].OpType + string.Concat(uses.OfNode[node].Select(name => $" [{string.Join(',', tensors[name].Dims)}]"));

        // Networks for images grow wider from block to block: only the kind of a convolution counts.
        string Kind(int node)
        {
            NodeProto proto = graph.Node[node];
            if (proto.OpType != "Conv")
            {
                return proto.OpType;
            }

            bool pointwise = uses.OfNode[node].Select(name => tensors[name].Dims).Any(static dims => dims.Count > 2 && dims.Skip(2).All(static dim => dim == 1));
            bool grouped = proto.Attribute.Any(static attribute => attribute.Name == "group" && attribute.I > 1);
            return pointwise ? "Conv 1" : grouped ? "Conv grouped" : "Conv";
        }
    }

    /// <summary>
    /// The first nodes of the repetitions. A pattern that repeats may be read from any of its entries on: the reading wins whose boundaries the fewest
    /// tensors cross, then that with more blocks, then the later one.
    /// </summary>
    private static int[] StartsOf(RepeatedRun run, int[] weighted, int[] crossings)
    {
        return Enumerable.Range(0, Math.Min(run.Period, run.Length - run.Period))
            .Select(offset => Aligned(run.Start + offset, (run.Length - offset) / run.Period))
            .OrderBy(starts => starts.Average(start => crossings[start]))
            .ThenByDescending(static starts => starts.Length)
            .ThenByDescending(static starts => starts[0])
            .First();

        int[] Aligned(int first, int repetitions) => [.. Enumerable.Range(0, repetitions).Select(repetition => Place(first + (repetition * run.Period)))];

        // Nodes without weights before a block's first weighted one, as those of a norm, may belong to either side.
        int Place(int entry)
        {
            int from = entry == 0 ? 0 : weighted[entry - 1] + 1;
            int best = weighted[entry];
            for (int place = best; place >= from; place--)
            {
                best = crossings[place] < crossings[best] ? place : best;
            }

            return best;
        }
    }

    /// <summary>Parts between places that one tensor crosses, as residual networks have them, each with a weight in it.</summary>
    private static int[] Residual(GraphProto graph, int[] weighted, int[] crossings)
    {
        List<int> starts = [];
        int place = 0;
        foreach (int node in weighted.Where(node => graph.Node[node].OpType is "Conv" or "MatMul" or "Gemm" or "ConvTranspose"))
        {
            int start = node;
            while (start > place && crossings[start] > 1)
            {
                start--;
            }

            if (starts.Count == 0 || start > starts[^1])
            {
                starts.Add(start);
            }

            place = start;
        }

        return [.. starts];
    }
}
