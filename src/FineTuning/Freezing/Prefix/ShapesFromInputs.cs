using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>
/// Takes the shapes of inner tensors from the inputs of the graph. Exporters write "the number of tokens" as the shape of some early tensor, so that a
/// cut would have to carry numbers that belong to no row.
/// </summary>
/// <remarks>What a dimension is follows from two runs with other numbers of rows and tokens: rows, tokens, or a constant. Other dimensions stay as they are.</remarks>
internal static class ShapesFromInputs
{
    /// <summary>Rewrites the <c>Shape</c> nodes of a graph.</summary>
    /// <param name="model">The graph; it is not changed.</param>
    /// <param name="inputs">Rows to run it on.</param>
    /// <param name="inference">How ONNX Runtime runs it.</param>
    public static OnnxModel Rewrite(OnnxModel model, ITrainingInputs inputs, InferenceOptions inference)
    {
        GraphProto graph = model.Proto.Graph;
        HashSet<string> given = [.. model.Inputs.Select(static input => input.Name)];
        NodeProto[] nodes = [.. graph.Node.Where(node => node.OpType == "Shape" && !given.Contains(node.Input[0]) && node.Attribute.Count == 0)];
        if (nodes.Length == 0)
        {
            return model;
        }

        string[] outputs = [.. nodes.Select(static node => node.Output[0])];
        ProbeRows probe = ProbeRows.Of(inputs);
        OnnxModel shapes = model.Slice(outputs);
        string? source = shapes.Inputs.Select(static input => input.Name).FirstOrDefault(name => probe.IsRowsByTokens(inputs, name));
        if (source is null)
        {
            return model;
        }

        long[][] first, second;
        using (PrefixSession session = new(shapes, outputs, inference))
        {
            first = Values(session, inputs, probe.First);
            second = Values(session, inputs, probe.Second);
        }

        ModelProto proto = Shallow.Copy(model.Proto);
        HashSet<NodeProto> replaced = [];
        List<NodeProto> made = [new NodeProto { OpType = "Shape", Name = "mltransfer/shape", Input = { source }, Output = { "mltransfer/shape" } }];
        for (int i = 0; i < nodes.Length; i++)
        {
            if (Parts(first[i], second[i], probe) is { } parts)
            {
                replaced.Add(nodes[i]);
                made.AddRange(Nodes(parts, outputs[i], proto.Graph));
            }
        }

        NodeProto[] kept = [.. proto.Graph.Node.Where(node => !replaced.Contains(node))];
        proto.Graph.Node.Clear();
        proto.Graph.Node.AddRange(made.Concat(kept));
        return new OnnxModel(proto, model.Directory);
    }

    /// <summary>What each dimension is: -1 rows, -2 tokens, or a constant; null where one is something else.</summary>
    private static long[]? Parts(long[] first, long[] second, ProbeRows probe)
    {
        long[] parts = new long[first.Length];
        for (int i = 0; i < parts.Length && first.Length == second.Length; i++)
        {
            long part = (first[i], second[i]) == (probe.First.Length, probe.Second.Length) ? -1
                : (first[i], second[i]) == (probe.Tokens.First, probe.Tokens.Second) ? -2
                : first[i] == second[i] ? first[i] : long.MinValue;
            if (part == long.MinValue)
            {
                return null;
            }

            parts[i] = part;
        }

        return first.Length == second.Length ? parts : null;
    }

    private static IEnumerable<NodeProto> Nodes(long[] parts, string output, GraphProto graph)
    {
        List<string> pieces = [];
        for (int i = 0; i < parts.Length; i++)
        {
            string name = $"{output}/mltransfer_{i}";
            if (parts[i] >= 0)
            {
                graph.Initializer.Add(TensorData.Longs(name, [1], [parts[i]]));
            }
            else
            {
                graph.Initializer.Add(TensorData.Longs(name + "/axis", [1], [-1 - parts[i]]));
                yield return new NodeProto { OpType = "Gather", Name = name, Input = { "mltransfer/shape", name + "/axis" }, Output = { name } };
            }

            pieces.Add(name);
        }

        NodeProto joined = new() { OpType = "Concat", Name = output + "/mltransfer", Input = { pieces }, Output = { output } };
        joined.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 0 });
        yield return joined;
    }

    private static long[][] Values(PrefixSession session, ITrainingInputs inputs, int[] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        return session.Run(inputs.Read(rows, null), static outputs => outputs.Select(static output => output.GetTensorDataAsSpan<long>().ToArray()).ToArray());
    }
}
