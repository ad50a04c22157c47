using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Import.Values;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;

namespace MLTransfer.FineTuning.Conformance;

/// <summary>Runs the importer on node tests in ONNX's standard layout: <c>test/model.onnx</c> and <c>test/test_data_set_0/input_0.pb</c>, <c>output_0.pb</c>, …</summary>
public static class NodeTests
{
    private const double RelativeBound = 1e-3;
    private const double AbsoluteBound = 1e-5;

    /// <summary>Runs every test in a folder, in the order of their names.</summary>
    /// <param name="directory">Folder of the tests.</param>
    /// <exception cref="UserException">The folder holds no test.</exception>
    public static IEnumerable<NodeTestResult> Run(string directory)
    {
        string[] models = Directory.Exists(directory) ? Directory.GetFiles(directory, "model.onnx", SearchOption.AllDirectories) : [];
        if (models.Length == 0)
        {
            throw new UserException($"'{directory}' holds no node test. A folder with <test>/model.onnx and <test>/test_data_set_0 was expected.");
        }

        return models.Order(StringComparer.Ordinal).Select(path => RunTest(Path.GetDirectoryName(path)!));
    }

    private static NodeTestResult RunTest(string directory)
    {
        string name = Path.GetFileName(directory);
        string operators = string.Empty;
        try
        {
            // Read, not loaded: the tests are written in versions that ONNX Runtime does not know yet.
            OnnxModel model = OnnxModel.Read(Path.Combine(directory, "model.onnx"));
            operators = string.Join(", ", model.Proto.Graph.Node.Select(node => node.OpType).Distinct());
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable noGradient = torch.no_grad();
            using OnnxModule module = OnnxModule.Import(model);
            foreach (string set in Directory.GetDirectories(directory, "test_data_set_*"))
            {
                if (Compare(module, model, set) is { } difference)
                {
                    return new NodeTestResult(name, operators, NodeTestOutcome.Failed, difference);
                }
            }

            return new NodeTestResult(name, operators, NodeTestOutcome.Passed, string.Empty);
        }
        catch (UnsupportedOperatorException exception)
        {
            return new NodeTestResult(name, operators, NodeTestOutcome.NotSupported, exception.Message);
        }
        catch (UserException exception)
        {
            return new NodeTestResult(name, operators, NodeTestOutcome.Failed, exception.Message);
        }
    }

    private static string? Compare(OnnxModule module, OnnxModel model, string set)
    {
        Dictionary<string, torch.Tensor> inputs = [];
        for (int i = 0; i < model.Proto.Graph.Input.Count && File.Exists(Path.Combine(set, $"input_{i}.pb")); i++)
        {
            inputs[model.Proto.Graph.Input[i].Name] = Read(Path.Combine(set, $"input_{i}.pb"));
        }

        IReadOnlyDictionary<string, torch.Tensor> outputs = module.call(inputs);
        for (int i = 0; i < model.Proto.Graph.Output.Count && File.Exists(Path.Combine(set, $"output_{i}.pb")); i++)
        {
            string name = model.Proto.Graph.Output[i].Name;
            if (Difference(outputs[name], Read(Path.Combine(set, $"output_{i}.pb"))) is { } difference)
            {
                return $"output '{name}': {difference}";
            }
        }

        return null;
    }

    private static torch.Tensor Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return TensorReader.Read(TensorProto.Parser.ParseFrom(stream), null, path);
    }

    private static string? Difference(torch.Tensor actual, torch.Tensor expected)
    {
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape) || actual.dtype != expected.dtype)
        {
            return $"{actual.dtype}[{string.Join(", ", actual.shape)}] instead of {expected.dtype}[{string.Join(", ", expected.shape)}]";
        }

        double[] a = new GraphValue(actual).Numbers();
        double[] e = new GraphValue(expected).Numbers();
        for (int i = 0; i < a.Length; i++)
        {
            bool same = a[i].Equals(e[i]) || Math.Abs(a[i] - e[i]) <= AbsoluteBound + (RelativeBound * Math.Abs(e[i]));
            if (!same)
            {
                return $"element {i} is {a[i]:R} instead of {e[i]:R}";
            }
        }

        return null;
    }
}
