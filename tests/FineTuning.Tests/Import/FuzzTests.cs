using CsCheck;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Tests.ZooCases;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests.Import;

public class FuzzTests
{
    [Fact]
    public void Import_MutatedModel_GivesAModuleOrAnErrorForTheUser()
    {
        byte[][] models = [.. ZooTests.Cases().Select(row => new ZooCase(row.Data)).Where(zooCase => new FileInfo(zooCase.ModelPath).Length < 400_000).Take(6).Select(zooCase => File.ReadAllBytes(zooCase.ModelPath))];
        Assert.NotEmpty(models);

        Gen.Select(Gen.Int[0, models.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 12], Gen.Bool).Sample(
            (chosen, changes, cut) =>
            {
                byte[] bytes = [.. models[chosen]];
                foreach ((int place, byte value) in changes)
                {
                    // The structure, not the weights: most of it lies at the start.
                    bytes[place % Math.Min(bytes.Length, 40_000)] = value;
                }

                try
                {
                    OnnxModel model = OnnxModel.Parse(cut ? bytes.AsSpan(0, changes[0].Item1 % bytes.Length) : bytes);
                    using OnnxModule module = OnnxModule.Import(model);
                }
                catch (UserException)
                {
                    // What a broken file should end in.
                }
            },
            iter: 150,
            threads: 1);
    }
}
