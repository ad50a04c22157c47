using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Checks how model-local functions call each other.</summary>
internal static class FunctionChecker
{
    /// <summary>Nodes of a model when every call is replaced by the function's body. ONNX Runtime does that; a few functions can stand for billions.</summary>
    private const long MostNodes = 10_000_000;

    /// <summary>Throws if a function calls itself, or if calls multiply beyond reason.</summary>
    /// <exception cref="OnnxModelException">Functions with one name, a recursion, or an expansion that is too large.</exception>
    public static void Check(ModelProto proto)
    {
        if (proto.Functions.Count == 0)
        {
            return;
        }

        Func<NodeProto, long> size = Expansion(proto);
        long total = 0;
        for (int i = 0; i < proto.Graph.Node.Count; i++)
        {
            total += size(proto.Graph.Node[i]);
            if (total > MostNodes)
            {
                throw new OnnxModelException(
                    $"The model's functions stand for more than {MostNodes:N0} nodes, reached at {GraphWalk.Describe(proto.Graph.Node[i], i)}. Expected a model of a size that can run.");
            }
        }
    }

    /// <summary>How many nodes a node stands for when every call is replaced by the function's body, up to a number that no model has. Nothing is expanded for it.</summary>
    /// <exception cref="OnnxModelException">Functions with one name, or a recursion.</exception>
    public static Func<NodeProto, long> Expansion(ModelProto proto)
    {
        Dictionary<(string, string, string), int> indexes = [];
        for (int i = 0; i < proto.Functions.Count; i++)
        {
            FunctionProto function = proto.Functions[i];
            if (!indexes.TryAdd((Opset.Normalise(function.Domain), function.Name, function.Overload), i))
            {
                throw new OnnxModelException($"The model has two functions '{Name(function)}'.");
            }
        }

        long[] sizes = Sizes(proto, indexes);
        return node => Size([node], indexes, sizes);
    }

    /// <summary>Nodes that a call of each function stands for. Iterative, since a chain of functions can be long.</summary>
    private static long[] Sizes(ModelProto proto, Dictionary<(string, string, string), int> indexes)
    {
        const int OnPath = 1;
        const int Done = 2;
        int[] state = new int[proto.Functions.Count];
        long[] sizes = new long[proto.Functions.Count];
        for (int start = 0; start < state.Length; start++)
        {
            Stack<int> path = new([start]);
            while (path.TryPeek(out int current))
            {
                FunctionProto function = proto.Functions[current];
                if (state[current] != 0)
                {
                    if (state[current] == OnPath)
                    {
                        sizes[current] = Size(function.Node, indexes, sizes);
                        state[current] = Done;
                    }

                    path.Pop();
                    continue;
                }

                state[current] = OnPath;
                foreach (int callee in GraphWalk.Nodes(function.Node).Select(node => Callee(node, indexes)).Where(static index => index >= 0).Distinct())
                {
                    if (state[callee] == OnPath)
                    {
                        throw new OnnxModelException(
                            $"Function '{Name(function)}' calls itself through '{Name(proto.Functions[callee])}'. ONNX allows no recursion.");
                    }

                    if (state[callee] == 0)
                    {
                        path.Push(callee);
                    }
                }
            }
        }

        return sizes;
    }

    private static long Size(IEnumerable<NodeProto> nodes, Dictionary<(string, string, string), int> indexes, long[] sizes)
    {
        long size = 0;
        foreach (NodeProto node in GraphWalk.Nodes(nodes))
        {
            int callee = Callee(node, indexes);
            size = Math.Min(MostNodes + 1, size + (callee < 0 ? 1 : Math.Max(1, sizes[callee]))); // a call costs something even if it does nothing
        }

        return size;
    }

    private static int Callee(NodeProto node, Dictionary<(string, string, string), int> indexes) =>
        indexes.GetValueOrDefault((Opset.Normalise(node.Domain), node.OpType, node.Overload), -1);

    private static string Name(FunctionProto function) => $"{function.Domain}.{function.Name}";
}
