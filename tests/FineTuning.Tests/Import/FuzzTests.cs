using System.Globalization;
using CsCheck;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Tests.ZooCases;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Import;

/// <summary>Mutated models of the zoo: whatever a file says, it ends in a module or in an error for the user.</summary>
/// <remarks>MLTRANSFER_FUZZED_MODELS sets how many mutations each test makes; without it they are few enough for every build.</remarks>
public class FuzzTests
{
    private static int Mutations { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("MLTRANSFER_FUZZED_MODELS"), CultureInfo.InvariantCulture, out int given) ? given : 200;

    private static ZooCase[] Zoo() => [.. ZooTests.Cases().Select(row => new ZooCase(row.Data)).Where(zooCase => !File.Exists(zooCase.ModelPath + ".data"))];

    [Fact]
    public void Import_MutatedBytes_GivesAModuleOrAnErrorForTheUser()
    {
        ZooCase[] zoo = Zoo();
        byte[][] models = [.. zoo.Select(zooCase => File.ReadAllBytes(zooCase.ModelPath))];
        Assert.NotEmpty(models);
        FuzzFaults faults = new();

        Gen.Select(Gen.Int[0, models.Length - 1], Gen.Select(Gen.Int[0, 1 << 24], Gen.Byte).Array[1, 12], Gen.Bool, Gen.Int[0, 1 << 24]).Sample(
            (chosen, changes, cut, at) =>
            {
                byte[] bytes = [.. models[chosen]];
                foreach ((int place, byte value) in changes)
                {
                    // The structure, not the weights: most of it lies at the start.
                    bytes[place % Math.Min(bytes.Length, 40_000)] = value;
                }

                faults.Watch($"{zoo[chosen].Name} {string.Join(' ', changes)}", () =>
                {
                    using OnnxModule module = OnnxModule.Import(OnnxModel.Parse(cut && changes.Length < 3 ? bytes.AsSpan(0, at % bytes.Length) : bytes));
                });
            },
            iter: Mutations,
            threads: 1);
        Assert.Empty(faults.Found);
    }

    [Fact]
    public void Run_MutatedGraph_ComputesOrGivesAnErrorForTheUser()
    {
        ZooCase[] zoo = Zoo();
        ModelProto[] models = [.. zoo.Select(zooCase => zooCase.Load().Proto)];
        Assert.NotEmpty(models);
        FuzzFaults faults = new();

        Gen.Select(Gen.Int[0, models.Length - 1], GraphMutation.Gen.Array[1, 3]).Sample(
            (chosen, changes) =>
            {
                ModelProto mutated = models[chosen].Clone();
                string what = string.Join("; ", changes.Select(change => GraphMutation.Apply(mutated.Graph, change)));
                faults.Watch($"{zoo[chosen].Name} {what}", () =>
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    using IDisposable noGradient = torch.no_grad();
                    using OnnxModule module = OnnxModule.Import(new OnnxModel(mutated));
                    module.call(zoo[chosen].Tensors("input."));
                });
            },
            iter: Mutations,
            threads: 1);
        Assert.Empty(faults.Found);
    }
}
