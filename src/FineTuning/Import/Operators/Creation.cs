using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators that make tensors.</summary>
internal static class Creation
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Constant", 1, Constant),
        OperatorDefinition.Of("ConstantOfShape", 9, ConstantOfShape) with { SizeFollowsFromValues = true },
        OperatorDefinition.Of("Range", 11, _ => Range) with { FormulaInputs = [0, 1, 2], SizeFollowsFromValues = true },
        Window("HannWindow", 0.5, 0.5, 0),
        Window("HammingWindow", 25.0 / 46, 21.0 / 46, 0),
        Window("BlackmanWindow", 0.42, 0.5, 0.08),
    ];

    private static Func<OperatorInputs, GraphValue> Constant(NodeContext node)
    {
        GraphValue value;
        if (node.Attributes.Tensor("value") is { } tensor)
        {
            value = TensorReader.Read(tensor, null, "the constant").DetachFromDisposeScope();
        }
        else if (node.Attributes.Has("value_float"))
        {
            value = torch.tensor(node.Attributes.Float("value_float", 0)).DetachFromDisposeScope();
        }
        else if (node.Attributes.Floats("value_floats") is { } floats)
        {
            value = torch.tensor(floats).DetachFromDisposeScope();
        }
        else if (node.Attributes.Has("value_int"))
        {
            value = HostIntegers.Scalar(node.Attributes.Int("value_int", 0));
        }
        else if (node.Attributes.Ints("value_ints") is { } ints)
        {
            value = HostIntegers.Vector(ints);
        }
        else
        {
            throw node.Unsupported("the constant is a string, a sparse tensor or empty");
        }

        // Those of branches are not folded, and so were not taken to the device with the other values.
        GraphValue constant = value.WithHostCopy();
        return inputs => constant.Host is null && inputs.Device.type != DeviceType.CPU ? constant.ExistingTensor!.to(inputs.Device) : constant;
    }

    private static Func<OperatorInputs, GraphValue> ConstantOfShape(NodeContext node)
    {
        TensorProto? stored = node.Attributes.Tensor("value");
        torch.ScalarType type = torch.ScalarType.Float32;
        double value = 0;
        if (stored is not null)
        {
            using torch.Tensor tensor = TensorReader.Read(stored, null, "the value");
            type = tensor.dtype;
            value = new GraphValue(tensor).Numbers()[0];
        }

        return inputs =>
        {
            long[] shape = inputs.Integers(0);
            if (shape.Any(size => size < 0))
            {
                throw new ImportException($"[{string.Join(", ", shape)}] is no shape");
            }

            if (HostIntegers.IsHostType(type) && shape.All(size => size <= HostIntegers.Limit) && HostIntegers.Count(shape) <= HostIntegers.Limit)
            {
                long[] data = new long[HostIntegers.Count(shape)];
                Array.Fill(data, (long)value);
                return new HostIntegers(type, shape, data);
            }

            return TensorArithmetic.Full(ResultSize.Grown(shape, 0), value, type, inputs.Device);
        };
    }

    private static GraphValue Range(OperatorInputs inputs)
    {
        if (inputs.Host(0) is { } from && inputs.Host(1) is { } to && inputs.Host(2) is { } by && by.Data[0] != 0)
        {
            long start = from.Data[0];
            long step = by.Data[0];
            long count = Math.Max(0, (to.Data[0] - start + step - Math.Sign(step)) / step);
            return count <= HostIntegers.Limit
                ? new HostIntegers(from.Type, [count], [.. Enumerable.Range(0, (int)count).Select(i => start + (i * step))])
                : TensorArithmetic.Range(ResultSize.Grown([count], 0)[0], inputs.Device, from.Type).Times(step).Plus(start);
        }

        torch.ScalarType type = inputs.Value(0).Type;
        double first = inputs.Number(0);
        double delta = inputs.Number(2);
        if (delta == 0)
        {
            throw new ImportException("the step of a range is 0");
        }

        // Not torch.arange: the number of elements must be that of the specification.
        long length = (long)Math.Max(0, Math.Ceiling((inputs.Number(1) - first) / delta));
        return TensorArithmetic.Range(ResultSize.Grown([length], 0)[0], inputs.Device, torch.ScalarType.Float64).Times(delta).Plus(first).to(type);
    }

    private static OperatorDefinition Window(string name, double a0, double a1, double a2) => OperatorDefinition.Of(name, 17, node =>
    {
        bool periodic = node.Attributes.Flag("periodic", true);
        torch.ScalarType type = TensorReader.ScalarTypeOf((int)node.Attributes.Int("output_datatype", 1), "attribute 'output_datatype'");
        return inputs =>
        {
            long size = ResultSize.Grown([inputs.Integer(0)], 0)[0];
            torch.Tensor angle = TensorArithmetic.Range(size, inputs.Device, torch.ScalarType.Float64).Times(2 * Math.PI / (periodic ? size : size - 1));
            return angle.cos().Times(a1).SubtractedFrom(a0).Plus(angle.Times(2).cos().Times(a2)).to(type);
        };
    }) with
    { SizeFollowsFromValues = true };
}
