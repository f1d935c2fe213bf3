//! Two byte channels of `ipc-channel`, one each way. Only the channels themselves are serialized, at the start.

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender};

use super::{End, Pass};
use crate::common::Outcome;

pub(super) struct IpcChannel {
    sender: IpcBytesSender,
    receiver: IpcBytesReceiver,
}

type Ends = (IpcBytesSender, IpcBytesReceiver);

impl End for IpcChannel {
    fn host(_: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self> {
        let (server, name) = IpcOneShotServer::<Ends>::new()?;
        start(Pass { name, ..Pass::default() })?;
        let (_, (sender, receiver)) = server.accept()?;
        Ok(Self { sender, receiver })
    }

    fn join(_: usize, pass: Pass) -> Outcome<Self> {
        let (down, receiver) = ipc::bytes_channel()?;
        let (sender, up) = ipc::bytes_channel()?;
        IpcSender::<Ends>::connect(pass.name)?.send((down, up))?;
        Ok(Self { sender, receiver })
    }

    fn send(&mut self, message: &[u8]) -> Outcome<()> {
        Ok(self.sender.send(message)?)
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()> {
        *message = self.receiver.recv()?;
        Ok(())
    }
}
