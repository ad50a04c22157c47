using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Benchmarks.Data;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Rewrites;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Tests.Skeletons;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.Models.Onnx;
using TorchSharp;
using TorchSharp.Modules;

namespace MLTransfer.Benchmarks.TrainingStep;

/// <summary>Measures one case: every weight and a head of ten classes trained with AdamW, without dropout.</summary>
internal static class TrainingStepRun
{
    private const int Classes = 10;
    private const int WarmUp = 2;

    /// <summary>The row of the case.</summary>
    public static string Measure(TrainingStepCase measured, TrainingStepSettings settings)
    {
        // Before the first tensor: the settings of the native libraries are read when they load.
        TorchRuntime.EnsureAvailable();
        OnnxModel model = OnnxModel.Read(SharedFiles.Model(measured.File));
        SkeletonWeights.Fill(model.Proto.Graph);
        Dictionary<string, torch.Tensor> batch = Batch(model, measured);
        using Forward? forward = settings.Alone ? null : new Forward(model, batch, measured.Feature);

        using OnnxModule module = OnnxModule.Import(model, new ImportOptions
        {
            Outputs = [measured.Feature],
            ChannelsLast = settings.ChannelsLast,
            Bfloat16 = settings.Bfloat16,
            Rewrites = settings.Rewrites ? GraphRewrites.All : GraphRewrites.None,
        });
        module.train();
        long size = Feature(module, batch, measured).shape[1];
        using Linear head = torch.nn.Linear(size, Classes);
        using torch.Tensor labels = torch.arange(measured.Batch) % Classes;
        using Optimizer optimizer = new(
            [.. module.Weights.Select(static pair => new TrainedParameter(pair.Key, pair.Value)), .. head.named_parameters().Select(static pair => new TrainedParameter(pair.name, pair.parameter))],
            new MLTransfer.FineTuning.Training.Optimizers.OptimizerOptions());
        List<double> forwards = [];
        List<double> steps = [];
        for (int i = 0; i < WarmUp + settings.Steps; i++)
        {
            // In turns, so that what else runs on the machine meets both.
            double forwardTime = Time(() => forward?.Run());
            double stepTime = Time(() => Step(module, head, optimizer, batch, labels, measured));
            if (i >= WarmUp)
            {
                forwards.Add(forwardTime);
                steps.Add(stepTime);
            }
        }

        double ratio = Median(steps) / Median(forwards);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {measured.Name} | {(settings.Alone ? "" : $"{Median(forwards):0}")} | {Median(steps):0} | {(settings.Alone ? "" : $"{ratio:0.0}")} | {measured.Target:0.0} | {measured.Peer} | {PeakMemory() >> 20} |");
    }

    private static void Step(OnnxModule module, Linear head, Optimizer optimizer, Dictionary<string, torch.Tensor> batch, torch.Tensor labels, TrainingStepCase measured)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.nn.functional.cross_entropy(head.call(Feature(module, batch, measured)), labels).backward();
        optimizer.Step(1e-5, null);
    }

    // [batch, tokens, size] → the mean over the tokens; [batch, size] as it is
    private static torch.Tensor Feature(OnnxModule module, Dictionary<string, torch.Tensor> batch, TrainingStepCase measured)
    {
        torch.Tensor output = module.call(batch)[measured.Feature];
        return measured.Length > 0 ? output.mean([1L]) : output;
    }

    private static Dictionary<string, torch.Tensor> Batch(OnnxModel model, TrainingStepCase measured)
    {
        torch.manual_seed(1);
        return model.Inputs.ToDictionary(static input => input.Name, input => measured.Length == 0
            ? torch.randn(measured.Batch, 3, 224, 224)
            : input.Name switch
            {
                "input_ids" => torch.randint(1000, 20000, [measured.Batch, measured.Length], torch.ScalarType.Int64),
                "attention_mask" => torch.ones([measured.Batch, measured.Length], torch.ScalarType.Int64),
                _ => torch.zeros([measured.Batch, measured.Length], torch.ScalarType.Int64),
            });
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static long PeakMemory()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The same file and batch in ONNX Runtime with its defaults.</summary>
    private sealed class Forward : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _options = new();
        private readonly Dictionary<string, OrtValue> _inputs;
        private readonly string[] _outputs;

        public Forward(OnnxModel model, Dictionary<string, torch.Tensor> batch, string output)
        {
            _session = new InferenceSession(model.WithEmbeddedData().ToBytes());
            _outputs = [output];
            _inputs = batch.ToDictionary(static pair => pair.Key, static pair => pair.Value.dtype == torch.ScalarType.Int64
                ? OrtValue.CreateTensorValueFromMemory(pair.Value.data<long>().ToArray(), pair.Value.shape)
                : OrtValue.CreateTensorValueFromMemory(pair.Value.data<float>().ToArray(), pair.Value.shape));
        }

        public void Run()
        {
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(_options, _inputs, _outputs);
        }

        public void Dispose()
        {
            _session.Dispose();
            _options.Dispose();
            foreach (OrtValue value in _inputs.Values)
            {
                value.Dispose();
            }
        }
    }
}
