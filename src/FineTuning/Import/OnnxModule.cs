using System.IO.Enumeration;
using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Rewrites;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using TorchSharp.Modules;

namespace MLTransfer.FineTuning.Import;

/// <summary>An ONNX graph as a Torch module: every weight of the file is a parameter under its own name and in its own layout.</summary>
/// <remarks>
/// Nodes run in the order of the file, values are freed after their last reader, shape arithmetic runs on integers, and what does not depend
/// on the input was computed once. Half-precision weights are trained in float32.
/// </remarks>
public sealed class OnnxModule : torch.nn.Module<IReadOnlyDictionary<string, torch.Tensor>, IReadOnlyDictionary<string, torch.Tensor>>
{
    private readonly GraphProgram _program;
    private readonly ExecutionState _state;
    private readonly Dictionary<string, Parameter> _weights;
    private readonly Dictionary<string, torch.Tensor> _statistics;

    private OnnxModule(
        OnnxModel model,
        ImportGraph graph,
        GraphProgram program,
        ExecutionState state,
        Dictionary<string, Parameter> weights,
        Dictionary<string, torch.Tensor> statistics,
        IReadOnlyList<StoredTensor> storedTensors)
        : base("OnnxModule")
    {
        Model = model;
        InputNames = graph.Inputs;
        OutputNames = graph.Outputs;
        StoredTensors = storedTensors;
        _program = program;
        _state = state;
        _weights = weights;
        _statistics = statistics;
        foreach ((string name, Parameter weight) in weights)
        {
            register_parameter(name, weight);
        }

        foreach ((string name, torch.Tensor tensor) in statistics)
        {
            register_buffer(name, tensor);
        }
    }

    /// <summary>The model that the module was made from; it is not changed by training.</summary>
    public OnnxModel Model { get; }

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>Names of the outputs.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>The weights by the name of their initializer, in the order of the file.</summary>
    public IReadOnlyDictionary<string, Parameter> Weights => _weights;

    /// <summary>Running means and variances of BatchNormalization nodes by the name of their initializer.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Statistics => _statistics;

    /// <summary>Every float initializer that the module reads, and what it is taken for.</summary>
    public IReadOnlyList<StoredTensor> StoredTensors { get; }

    /// <summary>How many nodes each rewrite put in place of those of its pattern.</summary>
    public IReadOnlyDictionary<GraphRewrites, int> AppliedRewrites { get; private init; } = new Dictionary<GraphRewrites, int>();

    /// <summary>
    /// Whether BatchNormalization normalises with the batch and updates <see cref="Statistics"/> while the module is in training mode.
    /// The default value is <see langword="false"/>: the statistics of the file stay in force.
    /// </summary>
    public bool TrainsBatchNorm { get; set; }

    /// <summary>What dropout and adapters that were put in for a training draw from; null: Torch's own generator.</summary>
    internal torch.Generator? Generator
    {
        get => _state.Generator;
        set => _state.Generator = value;
    }

    /// <summary>Weight of a batch in the new running statistics: new = (1 − momentum) · old + momentum · batch. The default value is 0.1.</summary>
    public double BatchNormMomentum
    {
        get => _state.BatchNormMomentum;
        set => _state.BatchNormMomentum = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The momentum is between 0 and 1.");
    }

    /// <summary>Makes a module of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ImportException">The graph is not well formed; the message names the node.</exception>
    /// <exception cref="UnsupportedOperatorException">A node has no rule; the message names it and says what to do.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp cannot be loaded; the message says how to mend it.</exception>
    public static OnnxModule Import(OnnxModel model, ImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new ImportOptions();
        ImportGraph graph = GraphReader.Read(model, options.Outputs);
        RequireOperators(graph);
        IReadOnlyList<StoredTensor> storedTensors = ApplyOverrides(TrainableRule.Describe(graph), options);
        TorchRuntime.EnsureAvailable();

        torch.Device device = options.Device ?? torch.CPU;
        bool avoidsOneDnn = NativeDefaults.IsOneDnnSlow && !graph.Nodes.Any(node => node.Attributes.Int("group", 1) > 1);
        bool channelsLast = options.ChannelsLast && !avoidsOneDnn;
        Dictionary<string, GraphValue> fixedValues = [];
        Dictionary<string, Parameter> weights = [];
        Dictionary<string, torch.Tensor> statistics = [];
        Dictionary<string, StoredTensorRole> roles = storedTensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Role);
        Dictionary<string, GraphNode> firstReaders = FirstReaders(graph);
        foreach ((string name, TensorProto tensor) in graph.Initializers)
        {
            if (!firstReaders.TryGetValue(name, out GraphNode? reader) && !graph.Outputs.Contains(name))
            {
                continue;
            }

            string owner = reader is null ? $"initializer '{name}'" : $"initializer '{name}', which {reader.Description} reads,";
            torch.Tensor value = TensorReader.Read(tensor, model.Directory, owner).DetachFromDisposeScope();
            switch (roles.GetValueOrDefault(name, StoredTensorRole.Constant))
            {
                case StoredTensorRole.Weight:
                    bool convolves = channelsLast && reader?.Operator is "Conv";
                    Parameter weight = new(convolves ? Convolutions.ToChannelsLast(value).DetachFromDisposeScope() : value);
                    weights[name] = weight;
                    fixedValues[name] = new GraphValue(weight);
                    break;
                case StoredTensorRole.Statistics:
                    statistics[name] = value;
                    fixedValues[name] = new GraphValue(value);
                    break;
                default:
                    fixedValues[name] = new GraphValue(value).WithHostCopy();
                    break;
            }
        }

        HashSet<string> changing = [.. weights.Keys, .. statistics.Keys];
        ConstantFolding.Fold(graph, fixedValues, changing);
        IReadOnlyDictionary<GraphRewrites, int> rewrites = RewritePasses.Apply(graph, fixedValues, changing, options.Rewrites);
        MoveTo(device, fixedValues, weights, statistics);
        GraphProgram program = GraphProgram.Compile(graph, graph.Inputs, fixedValues);
        return new OnnxModule(model, graph, program, new ExecutionState { Device = device, ChannelsLast = channelsLast, AvoidsOneDnn = avoidsOneDnn, Bfloat16 = options.Bfloat16 }, weights, statistics, storedTensors) { AppliedRewrites = rewrites };
    }

    /// <summary>What every float initializer of a model would be taken for, without loading TorchSharp or the weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ImportException">The graph is not well formed; the message names the node.</exception>
    /// <exception cref="UnsupportedOperatorException">A node has no rule; the message names it and says what to do.</exception>
    public static IReadOnlyList<StoredTensor> Describe(OnnxModel model, ImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new ImportOptions();
        ImportGraph graph = GraphReader.Read(model, options.Outputs);
        RequireOperators(graph);
        return ApplyOverrides(TrainableRule.Describe(graph), options);
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="input">Tensors by the names of <see cref="InputNames"/>.</param>
    /// <returns>Tensors by the names of <see cref="OutputNames"/>; they belong to the caller.</returns>
    /// <exception cref="ImportException">An input is missing, or a node failed; the message names it.</exception>
    public override IReadOnlyDictionary<string, torch.Tensor> forward(IReadOnlyDictionary<string, torch.Tensor> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _state.Training = training;
        _state.BatchNormTrains = training && TrainsBatchNorm;
        if (NativeDefaults.IsOneDnnSlow)
        {
            // Holds for the backward pass behind it too. Both are right; one is faster. See docs/decisions/convolutions.md.
            NativeDefaults.TrySetOneDnn(!_state.AvoidsOneDnn);
        }

        GraphValue?[] inputs = [.. InputNames.Select(name => (GraphValue)(input.TryGetValue(name, out torch.Tensor? tensor)
            ? tensor
            : throw new ImportException($"The input '{name}' is missing; the module takes {string.Join(", ", InputNames)}.")))];
        GraphValue?[] outputs = _program.Run(inputs, _state);
        Dictionary<string, torch.Tensor> result = [];
        for (int i = 0; i < outputs.Length; i++)
        {
            result[OutputNames[i]] = outputs[i]!.Tensor(_state.Device);
        }

        return result;
    }

    /// <summary>Every node, branches too, must have a rule before anything is loaded.</summary>
    private static void RequireOperators(ImportGraph graph)
    {
        foreach (GraphNode node in graph.Nodes)
        {
            if (OperatorRegistry.Find(node.Domain, node.Operator, node.Version) is null)
            {
                GraphProgram.CreateBody(node, new Dictionary<string, GraphValue>());
            }

            foreach (ImportGraph branch in node.Branches.Values)
            {
                RequireOperators(branch);
            }
        }
    }

    /// <summary>Takes all values to the device at last: folding and rewriting read them one by one, which is cheap in the processor's memory only.</summary>
    private static void MoveTo(torch.Device device, Dictionary<string, GraphValue> fixedValues, Dictionary<string, Parameter> weights, Dictionary<string, torch.Tensor> statistics)
    {
        if (device.type == DeviceType.CPU)
        {
            return;
        }

        using IDisposable noGradient = torch.no_grad();
        Dictionary<torch.Tensor, torch.Tensor> moved = new(ReferenceEqualityComparer.Instance);
        foreach (GraphValue value in fixedValues.Values.Where(static value => value.ExistingTensor is not null).Distinct())
        {
            torch.Tensor old = value.ExistingTensor!;
            if (!moved.TryGetValue(old, out torch.Tensor? there))
            {
                there = old.to(device).DetachFromDisposeScope();
                moved[old] = there = old is Parameter ? new Parameter(there) : there;
            }

            value.Replace(there);
        }

        foreach (string name in weights.Keys)
        {
            weights[name] = (Parameter)moved[weights[name]];
        }

        foreach (string name in statistics.Keys)
        {
            statistics[name] = moved[statistics[name]];
        }

        foreach (torch.Tensor old in moved.Keys)
        {
            old.Dispose();
        }
    }

    private static Dictionary<string, GraphNode> FirstReaders(ImportGraph graph)
    {
        Dictionary<string, GraphNode> readers = [];
        foreach (GraphNode node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                readers.TryAdd(input, node);
            }
        }

        return readers;
    }

    private static IReadOnlyList<StoredTensor> ApplyOverrides(IReadOnlyList<StoredTensor> tensors, ImportOptions options)
    {
        string[] patterns = [.. options.Weights.Concat(options.Constants)];
        if (Array.Find(patterns, pattern => !tensors.Any(tensor => Matches(pattern, tensor.Name))) is { } unused)
        {
            throw new ImportException($"No float initializer that the module reads is called '{unused}'. There are {tensors.Count}, e.g. {string.Join(", ", tensors.Take(3).Select(tensor => tensor.Name))}.");
        }

        return
        [
            .. tensors.Select(tensor =>
                options.Constants.Any(pattern => Matches(pattern, tensor.Name)) ? tensor with { Role = StoredTensorRole.Constant, Reason = "listed as a constant" }
                : options.Weights.Any(pattern => Matches(pattern, tensor.Name)) ? tensor with { Role = StoredTensorRole.Weight, Reason = string.Empty }
                : tensor),
        ];
    }

    private static bool Matches(string pattern, string name) => pattern == name || FileSystemName.MatchesSimpleExpression(pattern, name, false);
}
