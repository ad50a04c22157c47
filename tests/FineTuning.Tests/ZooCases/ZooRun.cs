using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Onnx;
using TorchSharp;
using TorchSharp.Modules;

namespace MLTransfer.FineTuning.Tests.ZooCases;

/// <summary>Imports a case, runs and trains it as the reference was run and trained, and collects what differs by more than the case allows.</summary>
internal sealed class ZooRun
{
    private readonly ZooCase _case;
    private readonly Func<OnnxModel, ImportOptions, OnnxModule> _import;
    private readonly List<string> _faults = [];
    private double _forward;
    private double _gradient;
    private double _loss;
    private int _trained;

    public ZooRun(ZooCase zooCase, Func<OnnxModel, ImportOptions, OnnxModule>? import = null)
    {
        _case = zooCase;
        _import = import ?? OnnxModule.Import;
    }

    /// <summary>What was out of tolerance; empty if nothing.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>One line: name, errors, weights trained of weights there are.</summary>
    public string Summary =>
        $"{_case.Name}: forward {_forward:0.0e+00}, gradient {_gradient:0.0e+00}, loss {_loss:0.0e+00}, {_trained} of {_case.Trainable.Count} weights trained";

    public void Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        CompareOutputs("input.", "output.");
        CompareOutputs("inputB.", "outputB.");
        if (_case.ForwardOnly)
        {
            return;
        }

        CompareGradients();
        CompareTraining("sgd", full: true, Sgd);
        CompareTraining("adamw", full: true, weights => torch.optim.AdamW(weights, 0.001, 0.9, 0.999, 1e-8, 0.01));
        CompareTraining("frozen.sgd", full: false, Sgd);
        if (_case.Golden.Has("bntrain.loss"))
        {
            CompareBatchNormTraining();
        }
    }

    private static torch.optim.Optimizer Sgd(IEnumerable<Parameter> weights) => torch.optim.SGD(weights, 0.01, 0.9);

    private OnnxModule Import(bool onlyFeature = true, bool wide = false) => _import(wide ? DoublePrecision.Widen(_case.Load()) : _case.Load(), new ImportOptions
    {
        Outputs = onlyFeature ? [_case.FeatureOutput] : null,
        Weights = [.. _case.Trainable],
        Constants = onlyFeature ? [] : [.. _case.NotTrainable],
    });

    private OnnxModule ImportToTrain(bool wide = false)
    {
        OnnxModule module = Import(wide: wide);
        Check(module.Weights.Count >= _case.Trainable.Count, "not every trainable initializer is a parameter");
        foreach ((string name, Parameter weight) in module.Weights)
        {
            weight.requires_grad = _case.Trainable.Contains(name);
        }

        return module;
    }

    private void CompareOutputs(string inputs, string outputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        using OnnxModule module = Import(onlyFeature: false);
        Dictionary<string, torch.Tensor> expected = _case.Tensors(outputs);
        if (expected.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, torch.Tensor> actual = module.call(_case.Tensors(inputs));
        foreach ((string name, torch.Tensor reference) in expected)
        {
            double scale = Math.Max(1, reference.abs().max().ToDouble());
            double error = Distance(actual[name], reference) / scale;
            _forward = Math.Max(_forward, error);
            Check(error <= _case.Tolerance("output"), $"{outputs}{name} differs by {error:0.0e+00}");
        }
    }

    private void CompareGradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = ImportToTrain();
        (Parameter weight, Parameter bias) = Head();
        torch.Tensor loss = Loss(module, weight, bias);
        Check(Math.Abs(loss.ToDouble() - _case.Golden.Tensor("loss").ToDouble()) <= _case.Tolerance("loss"), $"loss is {loss.ToDouble()}");
        loss.backward();

        Dictionary<string, torch.Tensor> references = _case.Tensors("grad.");
        double largest = references.Values.Max(reference => reference.abs().max().ToDouble());
        foreach (string name in _case.Trainable.Concat(["head.weight", "head.bias"]))
        {
            Parameter parameter = name switch { "head.weight" => weight, "head.bias" => bias, _ => module.Weights[name] };
            torch.Tensor reference = references[name];
            if (parameter.grad is not { } gradient)
            {
                Check(false, $"'{name}' has no gradient");
                continue;
            }

            _trained += name.StartsWith("head.", StringComparison.Ordinal) ? 0 : 1;
            double distance = Distance(gradient, reference);
            double error = Relative(distance, reference, largest);
            bool zero = _case.ZeroGradient.Contains(name);
            _gradient = zero ? _gradient : Math.Max(_gradient, error);
            Check(zero ? distance <= 1e-5 * Math.Max(1, largest) : error <= _case.Tolerance("grad_relative"), $"gradient of '{name}' differs by {error:0.0e+00}");
        }
    }

    private void CompareTraining(string key, bool full, Func<IEnumerable<Parameter>, torch.optim.Optimizer> optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = ImportToTrain();
        module.train();
        (Parameter weight, Parameter bias) = Head();
        IEnumerable<Parameter> trained = full ? [.. module.Weights.Where(pair => pair.Value.requires_grad).Select(pair => pair.Value), weight, bias] : [weight, bias];
        using torch.optim.Optimizer steps = optimizer(trained);
        float[] expected = _case.Golden.Floats($"{key}.loss");
        double tolerance = _case.Tolerance($"{key}.loss");
        foreach (float reference in expected)
        {
            using DisposeScope step = torch.NewDisposeScope();
            steps.zero_grad();
            torch.Tensor loss = Loss(module, weight, bias);
            loss.backward();
            steps.step();
            double error = Math.Abs(loss.ToDouble() - reference);
            _loss = Math.Max(_loss, error);
            Check(error <= tolerance, $"{key}.loss is {loss.ToDouble()} instead of {reference}");
        }

        if (key == "sgd")
        {
            foreach ((string name, torch.Tensor reference) in _case.Tensors("after."))
            {
                CheckAfter(name, name switch { "head.weight" => weight, "head.bias" => bias, _ => module.Weights[name] }, reference);
            }
        }
    }

    /// <summary>
    /// A module in float64 makes the six steps. Before each of them the float32 module takes over its weights, so that each of its losses, and the
    /// statistics that it collects by itself, can be compared. Its own six steps cannot be: with a handful of images some values lie within float32's
    /// rounding of an edge of ReLU, the gradient jumps there, and normalisation by the batch carries the jump on.
    /// </summary>
    private void CompareBatchNormTraining()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using OnnxModule module = ImportToTrain();
        using OnnxModule wide = ImportToTrain(wide: true);
        module.train();
        wide.train();
        module.TrainsBatchNorm = true;
        wide.TrainsBatchNorm = true;
        (Parameter weight, Parameter bias) = Head();
        (Parameter wideWeight, Parameter wideBias) = Head(wide: true);
        Dictionary<string, Parameter> weights = new(module.Weights) { ["head.weight"] = weight, ["head.bias"] = bias };
        Dictionary<string, Parameter> wideWeights = new(wide.Weights) { ["head.weight"] = wideWeight, ["head.bias"] = wideBias };
        using torch.optim.Optimizer steps = Sgd(wideWeights.Values.Where(parameter => parameter.requires_grad));
        double tolerance = _case.Tolerance("bntrain.loss");
        bool first = true;
        foreach (float reference in _case.Golden.Floats("bntrain.loss"))
        {
            using DisposeScope step = torch.NewDisposeScope();
            using (torch.no_grad())
            {
                foreach ((string name, Parameter parameter) in weights)
                {
                    parameter.copy_(wideWeights[name]);
                }
            }

            steps.zero_grad();
            torch.Tensor narrowLoss = Loss(module, weight, bias);
            double loss = narrowLoss.ToDouble();
            torch.Tensor wideLoss = Loss(wide, wideWeight, wideBias, wide: true);
            wideLoss.backward();
            if (first)
            {
                narrowLoss.backward();
                CompareBatchNormGradients(weights, wideWeights);
                first = false;
            }

            steps.step();
            _loss = Math.Max(_loss, Math.Abs(loss - reference));
            Check(Math.Abs(loss - reference) <= tolerance, $"bntrain.loss is {loss} instead of {reference}");
            Check(Math.Abs(wideLoss.ToDouble() - reference) <= tolerance, $"bntrain.loss in float64 is {wideLoss.ToDouble()} instead of {reference}");
        }

        foreach ((string name, torch.Tensor reference) in _case.Tensors("bntrain.running_mean.").Concat(_case.Tensors("bntrain.running_var.")))
        {
            CheckAfter(name, module.Statistics[name], reference);
            CheckAfter(name, wide.Statistics[name], reference);
        }
    }

    /// <summary>The gradients of the first step, in float32 against float64.</summary>
    private void CompareBatchNormGradients(Dictionary<string, Parameter> weights, Dictionary<string, Parameter> wideWeights)
    {
        double largest = wideWeights.Values.Where(parameter => parameter.grad is not null).Max(parameter => parameter.grad!.abs().max().ToDouble());
        foreach (string name in _case.Trainable.Concat(["head.weight", "head.bias"]).Where(name => wideWeights[name].grad is not null))
        {
            torch.Tensor reference = wideWeights[name].grad!;
            double error = weights[name].grad is { } gradient
                ? Relative(Distance(gradient, reference), reference, largest)
                : double.PositiveInfinity;
            Check(error <= _case.Tolerance("grad_relative"), $"gradient of '{name}' while BatchNorm trains differs by {error:0.0e+00}");
        }
    }

    private void CheckAfter(string name, torch.Tensor actual, torch.Tensor reference)
    {
        double error = Distance(actual, reference) / Math.Max(1, reference.abs().max().ToDouble());
        Check(error <= 1e-3, $"'{name}' after training differs by {error:0.0e+00}");
    }

    private (Parameter Weight, Parameter Bias) Head(bool wide = false) =>
        (new Parameter(Float(_case.Golden.Tensor("head.weight"), wide)), new Parameter(Float(_case.Golden.Tensor("head.bias"), wide)));

    private static torch.Tensor Float(torch.Tensor tensor, bool wide) => wide && tensor.is_floating_point() ? tensor.to(torch.ScalarType.Float64) : tensor;

    private torch.Tensor Loss(OnnxModule module, Parameter weight, Parameter bias, bool wide = false)
    {
        Dictionary<string, torch.Tensor> inputs = _case.Tensors("input.").ToDictionary(pair => pair.Key, pair => Float(pair.Value, wide));
        torch.Tensor feature = _case.Pool(module.call(inputs)[_case.FeatureOutput], inputs);
        return torch.nn.functional.cross_entropy(torch.nn.functional.linear(feature, weight, bias), _case.Golden.Tensor("label"));
    }

    // The zoo's measure of a gradient's error; the largest is that over all gradients of the case.
    private static double Relative(double distance, torch.Tensor reference, double largest) =>
        distance / Math.Max(reference.abs().max().ToDouble(), 0.001 * largest);

    private static double Distance(torch.Tensor actual, torch.Tensor expected) =>
        actual.shape.AsSpan().SequenceEqual(expected.shape) ? (actual.detach() - expected).abs().max().ToDouble() : double.PositiveInfinity;

    private void Check(bool holds, string fault)
    {
        if (!holds)
        {
            _faults.Add(fault);
        }
    }
}
